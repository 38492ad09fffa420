// zlib's inflate without linking it, nor its headers: it comes with libcurl, and is loaded with dlopen(3) as that is. What is
// used of it has not changed since zlib 1.2.0, and inflateInit2_ refuses a stream of another size.
#ifndef CZLIB_H
#define CZLIB_H

#include <stddef.h>
#include <stdint.h>

// Loads libz.so.1. 0, or -1 where it is not there. Loading again is harmless. From any thread.
int czlib_load(void);

struct czlib_stream;

// How a stream is wrapped (inflateInit2 in zlib.h).
enum { CZLIB_RAW = -15, CZLIB_ZLIB = 15, CZLIB_GZIP = 15 + 16 };

// NULL without memory. Requires a successful czlib_load, as all that follows.
struct czlib_stream *czlib_open(int window_bits);
void czlib_close(struct czlib_stream *stream);
// Begins another stream in the same memory.
int czlib_reset(struct czlib_stream *stream);

enum czlib_result { CZLIB_MORE, CZLIB_END, CZLIB_DAMAGED };

// Decodes at most `*in_count` bytes into at most `*out_count`, and leaves in both how many it took and made.
enum czlib_result czlib_inflate(
  struct czlib_stream *stream, const uint8_t *in, uint32_t *in_count, uint8_t *out, uint32_t *out_count);

#endif
