// libcurl without linking it. Linked, it costs every process 6.5 MiB resident and 5 ms of start, whether a route has an
// upstream or not; so it is loaded with dlopen(3) when the first client is made. <curl/curl.h> is read for its types and
// constants only: every function here goes through a table filled by dlsym(3), and the variadic ones, which Swift cannot
// call, have one shim per type of argument.
#ifndef CCURL_H
#define CCURL_H

#include <curl/curl.h>
#include <stddef.h>

// Loads `name` and resolves all that is used of it. 0, or -1 with a sentence in `message` (NUL-terminated, cut at
// `size`). The first library that loads serves the process to its end; loading again is harmless. From any thread.
int ccurl_load(const char *name, char *message, size_t size);

// All that follows requires a successful ccurl_load. Each is the libcurl function of its name.
const char *ccurl_easy_strerror(CURLcode code);

CURL *ccurl_easy_init(void);
void ccurl_easy_cleanup(CURL *easy);
CURLcode ccurl_easy_pause(CURL *easy, int bitmask);
CURLcode ccurl_easy_set_long(CURL *easy, CURLoption option, long value);
CURLcode ccurl_easy_set_offset(CURL *easy, CURLoption option, curl_off_t value);
CURLcode ccurl_easy_set_string(CURL *easy, CURLoption option, const char *value);
CURLcode ccurl_easy_set_pointer(CURL *easy, CURLoption option, const void *value);
CURLcode ccurl_easy_set_list(CURL *easy, CURLoption option, struct curl_slist *value);
CURLcode ccurl_easy_set_write_function(CURL *easy, CURLoption option, curl_write_callback function);
CURLcode ccurl_easy_set_open_socket_function(CURL *easy, curl_opensocket_callback function);
CURLcode ccurl_easy_set_close_socket_function(CURL *easy, curl_closesocket_callback function);
CURLcode ccurl_easy_set_read_function(CURL *easy, curl_read_callback function);
CURLcode ccurl_easy_set_debug_function(CURL *easy, curl_debug_callback function);
// Called before each sending of a request, with the connection already chosen; not 0 ends the transfer (CURLOPT_PREREQFUNCTION).
// CURLE_UNKNOWN_OPTION before 7.80.
typedef int (*ccurl_sending_callback)(void *context, char *remote, char *local, int remote_port, int local_port);
CURLcode ccurl_easy_set_sending_function(CURL *easy, ccurl_sending_callback function);
CURLcode ccurl_easy_set_sending_data(CURL *easy, void *context);
// http and https only, by the option that this version of the library knows.
CURLcode ccurl_easy_allow_http_only(CURL *easy);
// 0 where the library has no answer.
long ccurl_easy_info_long(CURL *easy, CURLINFO info);
curl_off_t ccurl_easy_info_offset(CURL *easy, CURLINFO info);

struct curl_slist *ccurl_slist_append(struct curl_slist *list, const char *line);
void ccurl_slist_free_all(struct curl_slist *list);

CURLM *ccurl_multi_init(void);
CURLMcode ccurl_multi_cleanup(CURLM *multi);
CURLMcode ccurl_multi_add_handle(CURLM *multi, CURL *easy);
CURLMcode ccurl_multi_remove_handle(CURLM *multi, CURL *easy);
CURLMcode ccurl_multi_socket_action(CURLM *multi, curl_socket_t socket, int events, int *running);
CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value);
CURLMcode ccurl_multi_set_pointer(CURLM *multi, CURLMoption option, void *value);
CURLMcode ccurl_multi_set_socket_function(CURLM *multi, curl_socket_callback function);
CURLMcode ccurl_multi_set_timer_function(CURLM *multi, curl_multi_timer_callback function);
// curl_multi_info_read: the next transfer that has ended and its result, or NULL.
CURL *ccurl_multi_next_done(CURLM *multi, CURLcode *result);

#endif
