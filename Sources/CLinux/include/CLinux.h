// What Swift's Glibc module does not show of Linux: functions behind _GNU_SOURCE, newer system calls, and
// macros the importer cannot read. Thin by intent: each function is the system call of its manual page and
// returns what that returns, with errno set.
//
// No header of the system is included here that defines a struct: it would be Glibc's in one file and CLinux's in another, as the compiler happens to
// load them, and a build from nothing would fail where the next one passes.
#ifndef CLINUX_H
#define CLINUX_H

#include <stddef.h>
#include <stdint.h>

// accept4(2) with SOCK_NONBLOCK | SOCK_CLOEXEC; `address` has room for *length bytes.
int clinux_accept(int listener, void *address, uint32_t *length);

// struct epoll_event of epoll_ctl(2), as the kernel has it.
#if defined(__x86_64__)
struct clinux_epoll_event {
  uint32_t events;
  uint64_t data;
} __attribute__((packed));
#else
struct clinux_epoll_event {
  uint32_t events;
  uint64_t data;
};
#endif

// epoll_create1(2), closed on exec.
int clinux_epoll_create(void);
// epoll_ctl(2); `operation` is one of those below.
int clinux_epoll_ctl(int epoll, int operation, int descriptor, struct clinux_epoll_event *event);
extern const int clinux_epoll_add;
extern const int clinux_epoll_modify;
extern const int clinux_epoll_remove;

// eventfd(2), non-blocking, close on exec.
int clinux_eventfd(void);

// signalfd(2), non-blocking, close on exec; the signals must be blocked in every thread.
int clinux_signalfd(const int *signals, size_t count);
// What read(2) gives for one signal, struct signalfd_siginfo: so many bytes, of which the first four are its number.
extern const size_t clinux_signal_size;
// Blocks the signals in the calling thread (and those it starts from now on), pthread_sigmask(3).
int clinux_block_signals(const int *signals, size_t count);
// Takes that back, for the calling thread.
int clinux_unblock_signals(const int *signals, size_t count);

// inotify_init1(2), non-blocking, close on exec; inotify_add_watch(2) and inotify_rm_watch(2).
int clinux_inotify(void);
int clinux_inotify_add(int inotify, const char *path, uint32_t mask);
int clinux_inotify_remove(int inotify, int watch);

// TIOCGWINSZ of ioctl_tty(2): the columns of a terminal, or -1.
int clinux_terminal_columns(int descriptor);

// openat2(2); `resolve` takes the RESOLVE_ bits below.
int clinux_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
extern const uint64_t clinux_resolve_beneath;
extern const uint64_t clinux_resolve_no_magiclinks;
extern const uint64_t clinux_resolve_no_symlinks;

// recv(2), send(2) and epoll_wait(2) as bare system calls. The C library's are cancellation points, which in a process with threads costs each call two locked
// instructions; nobody cancels a thread here.
intptr_t clinux_recv(int socket, void *buffer, size_t count, int flags);
intptr_t clinux_send(int socket, const void *buffer, size_t count, int flags);
int clinux_epoll_wait(int epoll, struct clinux_epoll_event *events, int count, int milliseconds);

// sendfile(2).
intptr_t clinux_sendfile(int socket, int file, int64_t *offset, size_t count);

// setrlimit(2) and getrlimit(2) of RLIMIT_NOFILE.
int clinux_get_descriptor_limit(uint64_t *soft, uint64_t *hard);
int clinux_set_descriptor_limit(uint64_t soft, uint64_t hard);

// The descriptors in use as the kernel counts them: st_size of /proc/self/fd, which Linux 6.2 and later fill in.
// -1 and ENOTSUP where it does not.
int64_t clinux_open_descriptors(void);

// open(2), openat(2) and fcntl(2) are variadic, which Swift cannot call.
int clinux_openat(int directory, const char *path, int flags, unsigned int mode);
int clinux_fcntl(int descriptor, int command, int argument);

// A thread's own slot, where the reactor that runs on this thread is found.
void *clinux_get_current_reactor(void);
void clinux_set_current_reactor(void *reactor);

// sched_getaffinity(2): how many processors the process may run on.
int clinux_available_processors(void);

// malloc_trim(3): gives free memory of all arenas back to the kernel. 0 where the C library has no such thing.
int clinux_trim_heap(void);

// pthread_setname_np(3); the name shows in `top -H`.
int clinux_name_thread(const char *name);

// The flags the importer cannot read.
extern const int clinux_o_path;
extern const int clinux_o_directory;
extern const int clinux_o_nofollow;
extern const int clinux_o_cloexec;
extern const int clinux_o_nonblock;
extern const int clinux_o_tmpfile;

#endif
