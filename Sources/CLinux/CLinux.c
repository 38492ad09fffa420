#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(sizeof(struct clinux_epoll_event) == sizeof(struct epoll_event), "the kernel's layout");
_Static_assert(sizeof(socklen_t) == sizeof(uint32_t), "socklen_t");

int clinux_accept(int listener, void *address, uint32_t *length) {
  return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int clinux_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

static void fill(sigset_t *set, const int *signals, size_t count) {
  sigemptyset(set);
  for (size_t i = 0; i < count; i++) sigaddset(set, signals[i]);
}

int clinux_signalfd(const int *signals, size_t count) {
  sigset_t set;
  fill(&set, signals, count);
  return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int mask(int how, const int *signals, size_t count) {
  sigset_t set;
  fill(&set, signals, count);
  int code = pthread_sigmask(how, &set, NULL);
  if (code == 0) return 0;
  errno = code;
  return -1;
}

int clinux_block_signals(const int *signals, size_t count) { return mask(SIG_BLOCK, signals, count); }

int clinux_unblock_signals(const int *signals, size_t count) { return mask(SIG_UNBLOCK, signals, count); }

int clinux_inotify(void) { return inotify_init1(IN_NONBLOCK | IN_CLOEXEC); }

int clinux_inotify_add(int inotify, const char *path, uint32_t mask) { return inotify_add_watch(inotify, path, mask); }

int clinux_inotify_remove(int inotify, int watch) { return inotify_rm_watch(inotify, watch); }

int clinux_terminal_columns(int descriptor) {
  struct winsize size;
  return ioctl(descriptor, TIOCGWINSZ, &size) == -1 ? -1 : size.ws_col;
}

int clinux_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  struct open_how how;
  memset(&how, 0, sizeof how);
  how.flags = flags;
  how.mode = mode;
  how.resolve = resolve;
  return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

const uint64_t clinux_resolve_beneath = RESOLVE_BENEATH;
const uint64_t clinux_resolve_no_magiclinks = RESOLVE_NO_MAGICLINKS;
const uint64_t clinux_resolve_no_symlinks = RESOLVE_NO_SYMLINKS;

intptr_t clinux_recv(int socket, void *buffer, size_t count, int flags) {
  return syscall(SYS_recvfrom, socket, buffer, count, flags, NULL, NULL);
}

intptr_t clinux_send(int socket, const void *buffer, size_t count, int flags) {
  return syscall(SYS_sendto, socket, buffer, count, flags, NULL, 0);
}

int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int clinux_epoll_ctl(int epoll, int operation, int descriptor, struct clinux_epoll_event *event) {
  return epoll_ctl(epoll, operation, descriptor, (struct epoll_event *)event);
}

const int clinux_epoll_add = EPOLL_CTL_ADD;
const int clinux_epoll_modify = EPOLL_CTL_MOD;
const int clinux_epoll_remove = EPOLL_CTL_DEL;
const size_t clinux_signal_size = sizeof(struct signalfd_siginfo);

int clinux_epoll_wait(int epoll, struct clinux_epoll_event *events, int count, int milliseconds) {
#ifdef SYS_epoll_wait
  return (int)syscall(SYS_epoll_wait, epoll, events, count, milliseconds);
#else
  // Newer architectures have the one with a signal mask only.
  return (int)syscall(SYS_epoll_pwait, epoll, events, count, milliseconds, NULL, 0);
#endif
}

// sendfile(2) knows no MSG_NOSIGNAL, and SIGPIPE ends a program that has not thought of it, for no more than a client that hung up. So the
// signal is blocked on each thread that sends a file, at its first one.
static void block_pipe_signal(void) {
  static _Thread_local int is_blocked;
  if (is_blocked) return;
  sigset_t set;
  fill(&set, (const int[]){SIGPIPE}, 1);
  is_blocked = pthread_sigmask(SIG_BLOCK, &set, NULL) == 0;
}

intptr_t clinux_sendfile(int socket, int file, int64_t *offset, size_t count) {
  block_pipe_signal();
  off_t position = (off_t)*offset;
  ssize_t sent = sendfile(socket, file, &position, count);
  if (sent >= 0) *offset = position;
  return sent;
}

int clinux_get_descriptor_limit(uint64_t *soft, uint64_t *hard) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
  *soft = limit.rlim_cur;
  *hard = limit.rlim_max;
  return 0;
}

int clinux_set_descriptor_limit(uint64_t soft, uint64_t hard) {
  struct rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
  return setrlimit(RLIMIT_NOFILE, &limit);
}

int64_t clinux_open_descriptors(void) {
  struct stat status;
  if (stat("/proc/self/fd", &status) != 0) return -1;
  if (status.st_size > 0) return (int64_t)status.st_size;
  errno = ENOTSUP;
  return -1;
}

int clinux_openat(int directory, const char *path, int flags, unsigned int mode) {
  return openat(directory, path, flags, mode);
}

int clinux_fcntl(int descriptor, int command, int argument) { return fcntl(descriptor, command, argument); }

static _Thread_local void *clinux_current_reactor;
void *clinux_get_current_reactor(void) { return clinux_current_reactor; }
void clinux_set_current_reactor(void *reactor) { clinux_current_reactor = reactor; }

int clinux_available_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return CPU_COUNT(&set);
}

int clinux_trim_heap(void) {
#ifdef __GLIBC__
  return malloc_trim(0);
#else
  return 0;
#endif
}

int clinux_name_thread(const char *name) { return pthread_setname_np(pthread_self(), name); }

const int clinux_o_path = O_PATH;
const int clinux_o_directory = O_DIRECTORY;
const int clinux_o_nofollow = O_NOFOLLOW;
const int clinux_o_cloexec = O_CLOEXEC;
const int clinux_o_nonblock = O_NONBLOCK;
const int clinux_o_tmpfile = O_TMPFILE;
