// PCRE2 without linking it: it is loaded with dlopen(3) when the first regular expression is compiled, so that a process
// without one need not have it. <pcre2.h> is read for its types and constants only: every function here goes through a
// table filled by dlsym(3).
//
// What a match may cost is bounded here, too. PCRE2's own limits count backtracking for each place where a match may
// begin, not for all of them together, and a step may read the whole subject. So every pattern is compiled with a
// callout before each item, and the callouts add up: one step for each item, and one for every 16 octets between an
// item's place in the subject and that of the one before. The sum does not depend on the machine. There is no JIT compiler: it needs memory
// that is writable and executable, which the systemd unit forbids.
#ifndef CREGEX_H
#define CREGEX_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stddef.h>
#include <stdint.h>

// Loads `name` and resolves all that is used of it. 0, or -1 with a sentence in `message` (NUL-terminated, cut at
// `size`). The first library that loads serves the process to its end; loading again is harmless. From any thread.
int cregex_load(const char *name, char *message, size_t size);

// All that follows requires a successful cregex_load. A text may be NULL if its length is 0.

// Compiles `pattern` with PCRE2_UTF, PCRE2_UCP and `options`; the pattern has to be valid UTF-8. NULL with PCRE2's error
// code and the octet where it stands.
pcre2_code_8 *cregex_compile(const uint8_t *pattern, size_t length, uint32_t options, int *error, size_t *offset);
void cregex_code_free(pcre2_code_8 *code);
// Of the pattern, without the whole match.
uint32_t cregex_group_count(const pcre2_code_8 *code);

// The sentence for an error code, NUL-terminated, cut at `size`.
void cregex_error_message(int error, char *message, size_t size);

// Bounds of one match: the sum of steps as above, and KiB of memory for backtracking.
struct cregex_limits {
  size_t steps;
  uint32_t heap;
  // What a step counts: more than 1 for a pattern whose items cost more.
  uint32_t weight;
  // Whether the pattern compares the subject with what a group matched. Each step then counts as one more for every four
  // octets of the longest group.
  int has_references;
};

// Matches `subject`, which has to be valid UTF-8, and writes at most `capacity` pairs of octet offsets to `ranges`. The
// number of groups up to the last that took part, 1 for the whole match included; PCRE2_ERROR_NOMATCH; or another
// negative code where a bound was reached. `steps` becomes the sum. Nothing is written to `code`: from any thread.
int cregex_match(const pcre2_code_8 *code, const uint8_t *subject, size_t length, uint32_t options,
                 struct cregex_limits limits, size_t *ranges, uint32_t capacity, size_t *steps);

#endif
