#include "CZlib.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// z_stream of zlib.h.
struct z_stream {
  const uint8_t *next_in;
  unsigned avail_in;
  unsigned long total_in;
  uint8_t *next_out;
  unsigned avail_out;
  unsigned long total_out;
  const char *message;
  void *state;
  void *(*allocate)(void *, unsigned, unsigned);
  void (*free)(void *, void *);
  void *opaque;
  int data_type;
  unsigned long adler;
  unsigned long reserved;
};

enum { OK = 0, STREAM_END = 1, BUFFER_ERROR = -5, NO_FLUSH = 0 };

struct czlib_stream {
  struct z_stream z;
};

static struct {
  int (*inflateInit2_)(struct z_stream *, int window_bits, const char *version, int size);
  int (*inflate)(struct z_stream *, int flush);
  int (*inflateReset)(struct z_stream *);
  int (*inflateEnd)(struct z_stream *);
} zlib;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int loaded;

int czlib_load(void) {
  pthread_mutex_lock(&lock);
  if (!loaded) {
    void *library = dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library) {
      *(void **)&zlib.inflateInit2_ = dlsym(library, "inflateInit2_");
      *(void **)&zlib.inflate = dlsym(library, "inflate");
      *(void **)&zlib.inflateReset = dlsym(library, "inflateReset");
      *(void **)&zlib.inflateEnd = dlsym(library, "inflateEnd");
      loaded = zlib.inflateInit2_ && zlib.inflate && zlib.inflateReset && zlib.inflateEnd;
    }
  }
  int result = loaded ? 0 : -1;
  pthread_mutex_unlock(&lock);
  return result;
}

struct czlib_stream *czlib_open(int window_bits) {
  struct czlib_stream *stream = calloc(1, sizeof *stream);
  if (!stream) return NULL;
  if (zlib.inflateInit2_(&stream->z, window_bits, "1.2.0", (int)sizeof stream->z) == OK) return stream;
  free(stream);
  return NULL;
}

void czlib_close(struct czlib_stream *stream) {
  if (!stream) return;
  zlib.inflateEnd(&stream->z);
  free(stream);
}

int czlib_reset(struct czlib_stream *stream) { return zlib.inflateReset(&stream->z) == OK ? 0 : -1; }

enum czlib_result czlib_inflate(
  struct czlib_stream *stream, const uint8_t *in, uint32_t *in_count, uint8_t *out, uint32_t *out_count) {
  struct z_stream *z = &stream->z;
  z->next_in = in;
  z->avail_in = *in_count;
  z->next_out = out;
  z->avail_out = *out_count;
  int result = zlib.inflate(z, NO_FLUSH);
  *in_count -= z->avail_in;
  *out_count -= z->avail_out;
  if (result == STREAM_END) return CZLIB_END;
  // BUFFER_ERROR: it could do nothing with what it was given, and goes on with more.
  return result == OK || result == BUFFER_ERROR ? CZLIB_MORE : CZLIB_DAMAGED;
}
