#include "CRegex.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#define FUNCTIONS(X) \
  X(compile) X(code_free) X(compile_context_create) X(compile_context_free) X(set_newline) X(set_parens_nest_limit) \
  X(pattern_info) X(get_error_message) X(match_context_create) X(match_context_free) X(set_callout) X(set_match_limit) X(set_heap_limit) \
  X(match_data_create) X(match_data_free) X(match) X(get_ovector_pointer)

struct table {
#define MEMBER(name) __typeof__(&pcre2_##name##_8) name;
  FUNCTIONS(MEMBER)
#undef MEMBER
};

// Brackets within brackets of a pattern; the compiler goes down them by recursion.
enum { MAX_NESTED = 100 };

// Older versions refuse NULL for an empty text.
static const uint8_t nothing[1];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int loaded;
static struct table pcre2;

static int resolve(void *library, struct table *table, char *message, size_t size) {
#define RESOLVE(name) \
  if (!(*(void **)&table->name = dlsym(library, "pcre2_" #name "_8"))) { \
    snprintf(message, size, "it has no function pcre2_" #name "_8"); \
    return -1; \
  }
  FUNCTIONS(RESOLVE)
#undef RESOLVE
  return 0;
}

int cregex_load(const char *name, char *message, size_t size) {
  pthread_mutex_lock(&lock);
  int result = -1;
  struct table table;
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *reason = dlerror();
    snprintf(message, size, "%s", reason ? reason : "dlopen failed");
  } else if (resolve(library, &table, message, size) == 0) {
    if (!loaded) {
      pcre2 = table;
      loaded = 1;
    }
    result = 0;
  }
  pthread_mutex_unlock(&lock);
  return result;
}

pcre2_code *cregex_compile(const uint8_t *pattern, size_t length, uint32_t options, int *error, size_t *offset) {
  *error = PCRE2_ERROR_NOMEMORY;
  *offset = 0;
  pcre2_compile_context *context = pcre2.compile_context_create(NULL);
  if (!context) return NULL;
  pcre2.set_newline(context, PCRE2_NEWLINE_LF);
  pcre2.set_parens_nest_limit(context, MAX_NESTED);
  // \C reads half a character.
  options |= PCRE2_UTF | PCRE2_UCP | PCRE2_AUTO_CALLOUT | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_UTF_CHECK;
  pcre2_code *code = pcre2.compile(pattern ? pattern : nothing, length, options, error, offset, context);
  pcre2.compile_context_free(context);
  return code;
}

void cregex_code_free(pcre2_code *code) { pcre2.code_free(code); }

uint32_t cregex_group_count(const pcre2_code *code) {
  uint32_t count = 0;
  return pcre2.pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &count) == 0 ? count : 0;
}

void cregex_error_message(int error, char *message, size_t size) {
  if (pcre2.get_error_message(error, (PCRE2_UCHAR *)message, size) < 0) snprintf(message, size, "error %d", error);
}

struct meter {
  size_t position, steps;
  struct cregex_limits limits;
};

// The longest text that a group holds, which is what a reference may be compared with.
static size_t longest_group(const pcre2_callout_block *block) {
  size_t longest = 0;
  for (uint32_t group = 1; group < block->capture_top; group++) {
    PCRE2_SIZE start = block->offset_vector[2 * group], end = block->offset_vector[2 * group + 1];
    if (start != PCRE2_UNSET && end > start && end - start > longest) longest = end - start;
  }
  return longest;
}

static int count(pcre2_callout_block *block, void *context) {
  struct meter *meter = context;
  size_t position = block->current_position;
  size_t distance = position > meter->position ? position - meter->position : meter->position - position;
  meter->position = position;
  meter->steps += meter->limits.weight + distance * meter->limits.weight / 16;
  if (meter->limits.has_references) meter->steps += longest_group(block) / 4;
  return meter->steps > meter->limits.steps ? PCRE2_ERROR_CALLOUT : 0;
}

int cregex_match(const pcre2_code *code, const uint8_t *subject, size_t length, uint32_t options,
                 struct cregex_limits limits, size_t *ranges, uint32_t capacity, size_t *steps) {
  struct meter meter = {.limits = limits};
  int result = PCRE2_ERROR_NOMEMORY;
  pcre2_match_context *context = pcre2.match_context_create(NULL);
  pcre2_match_data *data = pcre2.match_data_create(capacity, NULL);
  if (context && data) {
    pcre2.set_callout(context, count, &meter);
    pcre2.set_match_limit(context, (uint32_t)limits.steps);
    pcre2.set_heap_limit(context, limits.heap);
    result = pcre2.match(code, subject ? subject : nothing, length, 0, options | PCRE2_NO_UTF_CHECK, data, context);
    // 0 where there are more groups than pairs.
    if (result == 0) result = (int)capacity;
    const PCRE2_SIZE *pairs = pcre2.get_ovector_pointer(data);
    for (int index = 0; index < 2 * result; index++) ranges[index] = pairs[index];
  }
  *steps = meter.steps;
  if (data) pcre2.match_data_free(data);
  if (context) pcre2.match_context_free(context);
  return result;
}
