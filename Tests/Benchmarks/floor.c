/* The floor: an epoll loop that answers every read with the same bytes and parses nothing. No server can cost less per request and
 * still read and write a socket; what a real one costs beyond it is its own doing. Pipelined requests get one answer per read, so
 * it takes no part in that row.
 *
 *   floor PORT */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char answer[] = "HTTP/1.1 200 OK\r\n"
                             "Content-Type: application/json\r\n"
                             "Content-Length: 27\r\n"
                             "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                             "\r\n"
                             "{\"message\":\"Hello, World!\"}";

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), epoll = epoll_create1(0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) {
    perror("floor");
    return 1;
  }
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.fd = listener});
  static char buffer[65536];
  struct epoll_event events[256];
  for (;;) {
    int ready = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        int client;
        while ((client = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) {
          setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
          epoll_ctl(epoll, EPOLL_CTL_ADD, client, &(struct epoll_event){.events = EPOLLIN, .data.fd = client});
        }
        continue;
      }
      ssize_t count = recv(fd, buffer, sizeof buffer, 0);
      if (count > 0)
        send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
      else if (count == 0 || (errno != EAGAIN && errno != EINTR))
        close(fd);
    }
  }
}
