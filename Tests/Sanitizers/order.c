// Tells ThreadSanitizer what Swift's own libraries put in order, which it cannot see: they come with the toolchain, not instrumented. Preloaded,
// this stands before the functions below and says for each what it does, for one lock or one task and nothing else. No report is suppressed,
// and a race beside a lock or a continuation is still reported as one.
//
// Mutex (Synchronization): a free lock is taken and given back by code that is inlined into ours and instrumented. One that is held is waited
// for and handed on by `_lockSlow` and `_unlockSlow`, by way of futex(2), which the sanitizer does not know.
//
// Continuations (_Concurrency): who resumes one and the task that goes on meet in an atomic and a queue of the library, and both touch the
// continuation's frame in code of ours. So the task acquires what was released to it, as the first thing it does when it goes on.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

// Of the sanitizer's runtime, in programs that have it: children that do not (nginx, curl) are preloaded too.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

static void acquire(void *address) {
  if (__tsan_acquire && address) __tsan_acquire(address);
}

static void release(void *address) {
  if (__tsan_release && address) __tsan_release(address);
}

// The library's own function, looked up at the first call.
#define REAL(type, symbol) \
  static __typeof__(type) real; \
  if (!real) real = (__typeof__(type))dlsym(RTLD_NEXT, symbol)

#define SWIFT __attribute__((swiftcall))
#define SWIFT_ASYNC __attribute__((swiftasynccall))
#define SELF __attribute__((swift_context)) void *handle

// _MutexHandle._lockSlow(_: UInt32)
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
SWIFT void lock_slow(uint32_t thread, SELF) __asm__(LOCK_SLOW);
SWIFT void lock_slow(uint32_t thread, SELF) {
  REAL(SWIFT void (*)(uint32_t, SELF), LOCK_SLOW);
  real(thread, handle);
  acquire(handle);
}

// _MutexHandle._unlockSlow()
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
SWIFT void unlock_slow(SELF) __asm__(UNLOCK_SLOW);
SWIFT void unlock_slow(SELF) {
  REAL(SWIFT void (*)(SELF), UNLOCK_SLOW);
  release(handle);
  real(handle);
}

// A continuation is its task.
SWIFT void swift_continuation_resume(void *task) {
  REAL(SWIFT void (*)(void *), "swift_continuation_resume");
  release(task);
  real(task);
}

SWIFT void swift_continuation_throwingResume(void *task) {
  REAL(SWIFT void (*)(void *), "swift_continuation_throwingResume");
  release(task);
  real(task);
}

SWIFT void swift_continuation_throwingResumeWithError(void *task, void *error) {
  REAL(SWIFT void (*)(void *, void *), "swift_continuation_throwingResumeWithError");
  release(task);
  real(task, error);
}

// What the runtime calls when the task goes on is in the context, the second word of it (AsyncContext in swift/ABI/Task.h). `resumed` is put there
// instead, and the original is kept until then. The spin lock is no business of the sanitizer's: it would see an order that only we make.
#define CONTEXT __attribute__((swift_async_context)) void *context
typedef SWIFT_ASYNC void (*Resumption)(CONTEXT);

typedef struct Awaiting {
  struct Awaiting *next;
  void *context;
  Resumption original;
} Awaiting;

static Awaiting *awaiting[4096];
static atomic_flag awaiting_lock = ATOMIC_FLAG_INIT;

static Awaiting **bucket(void *context) { return &awaiting[((uintptr_t)context >> 4) % 4096]; }

static void lock(void) {
  while (atomic_flag_test_and_set_explicit(&awaiting_lock, memory_order_acquire)) sched_yield();
}

static void unlock(void) { atomic_flag_clear_explicit(&awaiting_lock, memory_order_release); }

static SWIFT void *current_task(void) {
  REAL(SWIFT void *(*)(void), "swift_task_getCurrent");
  return real();
}

static SWIFT_ASYNC void resumed(CONTEXT) {
  lock();
  Awaiting **place = bucket(context);
  while ((*place)->context != context) place = &(*place)->next;
  Awaiting *found = *place;
  *place = found->next;
  unlock();
  Resumption original = found->original;
  free(found);
  acquire(current_task());
  ((void **)context)[1] = (void *)original;
  __attribute__((musttail)) return original(context);
}

SWIFT_ASYNC void swift_continuation_await(void *context) {
  REAL(SWIFT_ASYNC void (*)(void *), "swift_continuation_await");
  Awaiting *new = malloc(sizeof *new);
  if (!new) abort();
  *new = (Awaiting){.context = context, .original = (Resumption)((void **)context)[1]};
  lock();
  new->next = *bucket(context);
  *bucket(context) = new;
  unlock();
  ((void **)context)[1] = (void *)resumed;
  __attribute__((musttail)) return real(context);
}
