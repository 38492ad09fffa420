#include "CCurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

// Only the addresses come from the library, so the macros that check argument types at compile time must not stand in
// the way of the names.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#define FUNCTIONS(X) \
  X(curl_global_init) X(curl_easy_strerror) X(curl_easy_init) X(curl_easy_cleanup) X(curl_easy_pause) \
  X(curl_easy_setopt) X(curl_easy_getinfo) X(curl_slist_append) X(curl_slist_free_all) X(curl_multi_init) \
  X(curl_multi_cleanup) X(curl_multi_add_handle) X(curl_multi_remove_handle) X(curl_multi_socket_action) \
  X(curl_multi_setopt) X(curl_multi_info_read)

struct table {
#define MEMBER(name) __typeof__(&name) name;
  FUNCTIONS(MEMBER)
#undef MEMBER
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int loaded;
static struct table curl;

static int resolve(void *library, struct table *table, char *message, size_t size) {
#define RESOLVE(name) \
  if (!(*(void **)&table->name = dlsym(library, #name))) { \
    snprintf(message, size, "it has no function " #name); \
    return -1; \
  }
  FUNCTIONS(RESOLVE)
#undef RESOLVE
  return 0;
}

int ccurl_load(const char *name, char *message, size_t size) {
  pthread_mutex_lock(&lock);
  int result = -1;
  struct table table;
  // Never closed again: OpenSSL and the resolver's threads do not survive being unloaded.
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *reason = dlerror();
    snprintf(message, size, "%s", reason ? reason : "dlopen failed");
  } else if (resolve(library, &table, message, size) == 0) {
    if (loaded) {
      result = 0;
    } else if (table.curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
      curl = table;
      loaded = 1;
      result = 0;
    } else {
      snprintf(message, size, "curl_global_init failed");
    }
  }
  pthread_mutex_unlock(&lock);
  return result;
}

const char *ccurl_easy_strerror(CURLcode code) { return curl.curl_easy_strerror(code); }

CURL *ccurl_easy_init(void) { return curl.curl_easy_init(); }
void ccurl_easy_cleanup(CURL *easy) { curl.curl_easy_cleanup(easy); }
CURLcode ccurl_easy_pause(CURL *easy, int bitmask) { return curl.curl_easy_pause(easy, bitmask); }

CURLcode ccurl_easy_set_long(CURL *easy, CURLoption option, long value) {
  return curl.curl_easy_setopt(easy, option, value);
}
CURLcode ccurl_easy_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
  return curl.curl_easy_setopt(easy, option, value);
}
CURLcode ccurl_easy_set_string(CURL *easy, CURLoption option, const char *value) {
  return curl.curl_easy_setopt(easy, option, value);
}
CURLcode ccurl_easy_set_pointer(CURL *easy, CURLoption option, const void *value) {
  return curl.curl_easy_setopt(easy, option, value);
}
CURLcode ccurl_easy_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
  return curl.curl_easy_setopt(easy, option, value);
}
CURLcode ccurl_easy_set_write_function(CURL *easy, CURLoption option, curl_write_callback function) {
  return curl.curl_easy_setopt(easy, option, function);
}
CURLcode ccurl_easy_set_open_socket_function(CURL *easy, curl_opensocket_callback function) {
  return curl.curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, function);
}
CURLcode ccurl_easy_set_close_socket_function(CURL *easy, curl_closesocket_callback function) {
  return curl.curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, function);
}

CURLcode ccurl_easy_set_read_function(CURL *easy, curl_read_callback function) {
  return curl.curl_easy_setopt(easy, CURLOPT_READFUNCTION, function);
}
CURLcode ccurl_easy_set_debug_function(CURL *easy, curl_debug_callback function) {
  return curl.curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, function);
}

CURLcode ccurl_easy_set_sending_function(CURL *easy, ccurl_sending_callback function) {
  // CURLOPT_PREREQFUNCTION, by number: headers before 7.80 do not have it.
  return curl.curl_easy_setopt(easy, (CURLoption)(CURLOPTTYPE_FUNCTIONPOINT + 312), function);
}
CURLcode ccurl_easy_set_sending_data(CURL *easy, void *context) {
  return curl.curl_easy_setopt(easy, (CURLoption)(CURLOPTTYPE_OBJECTPOINT + 313), context);
}

CURLcode ccurl_easy_allow_http_only(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075500
  CURLcode code = curl.curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  if (code != CURLE_UNKNOWN_OPTION) return code;
#endif
  // CURLOPT_PROTOCOLS, by number, since newer headers call it deprecated: libraries before 7.85 know no other.
  return curl.curl_easy_setopt(easy, (CURLoption)(CURLOPTTYPE_LONG + 181), (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
}

long ccurl_easy_info_long(CURL *easy, CURLINFO info) {
  long value = 0;
  return curl.curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}
curl_off_t ccurl_easy_info_offset(CURL *easy, CURLINFO info) {
  curl_off_t value = 0;
  return curl.curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}

struct curl_slist *ccurl_slist_append(struct curl_slist *list, const char *line) {
  return curl.curl_slist_append(list, line);
}
void ccurl_slist_free_all(struct curl_slist *list) { curl.curl_slist_free_all(list); }

CURLM *ccurl_multi_init(void) { return curl.curl_multi_init(); }
CURLMcode ccurl_multi_cleanup(CURLM *multi) { return curl.curl_multi_cleanup(multi); }
CURLMcode ccurl_multi_add_handle(CURLM *multi, CURL *easy) { return curl.curl_multi_add_handle(multi, easy); }
CURLMcode ccurl_multi_remove_handle(CURLM *multi, CURL *easy) { return curl.curl_multi_remove_handle(multi, easy); }
CURLMcode ccurl_multi_socket_action(CURLM *multi, curl_socket_t socket, int events, int *running) {
  return curl.curl_multi_socket_action(multi, socket, events, running);
}
CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl.curl_multi_setopt(multi, option, value);
}
CURLMcode ccurl_multi_set_pointer(CURLM *multi, CURLMoption option, void *value) {
  return curl.curl_multi_setopt(multi, option, value);
}
CURLMcode ccurl_multi_set_socket_function(CURLM *multi, curl_socket_callback function) {
  return curl.curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, function);
}
CURLMcode ccurl_multi_set_timer_function(CURLM *multi, curl_multi_timer_callback function) {
  return curl.curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, function);
}

CURL *ccurl_multi_next_done(CURLM *multi, CURLcode *result) {
  int left = 0;
  for (CURLMsg *message; (message = curl.curl_multi_info_read(multi, &left));) {
    if (message->msg != CURLMSG_DONE) continue;
    *result = message->data.result;
    return message->easy_handle;
  }
  return NULL;
}
