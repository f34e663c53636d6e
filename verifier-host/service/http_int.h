/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* http_int.h - a request, and what the parts of the front end share. */
#ifndef VORW_HTTP_INT_H
#define VORW_HTTP_INT_H

#include <jansson.h>
#include <microhttpd.h>
#include <pthread.h>
#include "http.h"
#include "job_key.h"
#include "object.h"

#define HTTP_TARGETS_MAX	16
#define HTTP_WAIT_MAX		300	/* seconds */
#define HTTP_BTF_MAX		(48u << 20)
/* object, BTF, and what multipart adds */
#define HTTP_BODY_MAX		(OBJECT_MAX_SIZE + HTTP_BTF_MAX + 65536)
_Static_assert(((u64)UPLOADS_MIN_MIB << 20) / 2 >= HTTP_BODY_MAX,
	       "some submissions could never be accepted");

/* What came in a multipart body. */
struct upload {
	u8 *p;
	size_t n;
	bool there;
	char file[JOB_FILE_MAX];
};
struct form {
	struct upload object, btf;
	struct request *next;	/* among those that have a body on its way */
	char targets[HTTP_TARGETS_MAX][64];
	unsigned ntargets;
	char name[64], native[8], xlated[8], full_log[8];
	char last[32];		/* member that the last piece was of */
};

struct wanted { char id[STORE_ID_LEN + 1]; int64_t version; };

enum phase { PHASE_BODY, PHASE_WAIT, PHASE_STREAM };

struct request {
	struct http *h;
	struct MHD_Connection *c;
	char method[8], url[256];
	struct store_token token;
	enum phase phase;
	struct MHD_PostProcessor *pp;
	struct form form;
	size_t body;		/* bytes of it so far */
	struct vorw_err err;	/* why the body is no good */
	unsigned status;	/* for err; 0: http_status() */
	size_t answer_size;
	size_t held;		/* bytes of it that are counted */
	struct request *next_held;	/* among those whose answers are */

	/* waiting */
	struct wanted want[HTTP_TARGETS_MAX];
	unsigned nwant;
	bool several;		/* asked for with more than one target */
	u64 deadline_ms;
	struct request *next;	/* among those that wait */

	/* an event stream */
	char *out;
	size_t out_n, out_at, sent_lines;
	bool out_end;
};

/* PEM texts; MHD keeps pointers to them. */
struct http_tls {
	char *cert, *key, *client_ca;
};

/* A connection, and until when it has to be done with what it is at. */
struct conn {
	int fd;
	u64 deadline_ms;
	u64 head_ms;		/* when it began to send headers; 0: it has */
	struct conn *next, **at;
};

/* What the signer said last. */
struct http_signer {
	pthread_mutex_t lock;
	pthread_t thread;
	_Atomic bool end;
	bool well;
	struct vorw_err why;	/* or not */
	u8 *cert;		/* DER; NULL: none yet */
	size_t cert_size;
};

/* What the database did when it was asked last. */
struct http_store {
	struct store *store;
	pthread_t thread;
	_Atomic bool end, well;
	_Atomic bool doubt;	/* something was not written */
	_Atomic u64 since_ms;	/* it was asked, and has not answered; or 0 */
};

struct http {
	struct http_opts o;
	struct http_tls tls;
	struct MHD_Daemon *daemon;
	struct store *store;	/* the connections' thread */
	bool loopback;
	u64 started_ms;

	/* those that wait, and the thread that looks for them */
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct request *waiting;
	struct store *watch;
	pthread_t watcher;
	_Atomic bool stopping;
	_Atomic unsigned active;	/* requests that are not answered yet */

	/* http_pace.c */
	pthread_mutex_t pace_lock;
	struct conn *conns;
	unsigned nconns;
	pthread_t pacer;
	_Atomic bool pace_end;
	_Atomic u64 slow;	/* connections it has ended */

	struct http_signer signer;
	struct http_store health;

	/* the connections' thread's: bodies on their way */
	struct request *uploads;
	u64 upload_bytes;
	/* and large answers on theirs */
	struct request *held;
	u64 answers_held;

	/* metrics; written by the connections' thread only */
	u64 answers[600];	/* by status */
	u64 submitted, known, bytes_in;
};

/* ---- http_answer.c ---- */

typedef enum MHD_Result http_result;

unsigned http_status(enum vorw_reason r);
/* Takes the response's only reference. */
http_result answer(struct request *r, unsigned status,
		   struct MHD_Response *resp);
/* Its answer was taken, or never will be. */
void answer_forget(struct request *r);
/* Large answers may be refused as any other request, when too many of them are
 * on their way: VORW_R_BUSY. */
/* Takes j. */
http_result answer_json(struct request *r, unsigned status, json_t *j);
http_result answer_text(struct request *r, unsigned status, const char *type,
			const char *text);
/* Takes p, malloc'd. */
http_result answer_bytes(struct request *r, u8 *p, size_t n,
			 const char *digest, const char *name);
/* RFC 9457; log and job may be NULL. */
http_result answer_problem(struct request *r, unsigned status,
			   const struct vorw_err *e, const struct job *j);
http_result answer_err(struct request *r, const struct vorw_err *e);
json_t *job_json(const struct job *j, bool all);

/* ---- http_tls.c ---- */

/* Do key, certificate and CAs fit?  h->o says which; into h->tls, which
 * http_tls_free() empties.  VORW_R_KEY. */
bool http_tls_load(struct http *h, struct vorw_err *e);
void http_tls_free(struct http_tls *tls);
/* What cannot be anything but TLS 1.2 and 1.3. */
extern const char http_tls_priorities[];
/* A new connection: its handshake fails without a certificate of client_ca. */
void http_tls_need_client(struct MHD_Connection *c);
/* And it had one. */
bool http_tls_has_client(struct MHD_Connection *c);

/* ---- http_pace.c: time limits of connections ---- */

bool pace_start(struct http *h, struct vorw_err *e);
void pace_stop(struct http *h);
/* MHD_NotifyConnectionCallback; cls is the struct http. */
void pace_connection(void *cls, struct MHD_Connection *c, void **context,
		     enum MHD_ConnectionNotificationCode what);
/* What the client is to do now: send headers, send a body (of which n bytes
 * just came), nothing, take an answer of n bytes. */
void pace_head(struct request *r);
void pace_body(struct request *r);
void pace_got(struct request *r, size_t n);
void pace_none(struct request *r);
void pace_answer(struct request *r, size_t n);

/* ---- http_signer.c ---- */

/* Reads http_opts.cert, if that is given. */
bool signer_watch_start(struct http *h, struct vorw_err *e);
void signer_watch_stop(struct http *h);
/* At most seconds ago. */
bool signer_is_well(struct http *h);
/* What blobs are signed with, malloc'd. */
bool signer_cert(struct http *h, u8 **der, size_t *n, struct vorw_err *e);
/* Its SHA-256.  VORW_R_SIGNER: the signer has not been heard of since the start. */
bool signer_cert_digest(struct http *h, char to[DIGEST_HEX],
			struct vorw_err *e);

/* ---- http_store.c ---- */

bool store_watch_start(struct http *h, struct vorw_err *e);
void store_watch_stop(struct http *h);
/* At most seconds ago: it answers, and takes what is written. */
bool store_is_well(struct http *h);
/* It did not take what a request wrote: to be asked at once. */
void store_doubt(struct http *h);
/* It has not answered for some time: to ask it would only take more. */
bool store_is_stalled(struct http *h);
/* The same as a reason; VORW_R_STORE. */
bool store_answers(struct http *h, struct vorw_err *e);

/* ---- http_auth.c ---- */

/* May this request do what needs this scope?  Sets r->token. */
bool authorize(struct request *r, unsigned scope, struct vorw_err *e);

/* ---- http_form.c ---- */

/* What is held of all bodies is limited (http_opts.max_uploads): VORW_R_BUSY,
 * and half of that of one token's: VORW_R_QUOTA. */
bool form_start(struct request *r, struct vorw_err *e);
void form_data(struct request *r, const char *p, size_t n);
/* The body is complete: is it what it should be? */
bool form_end(struct request *r, struct vorw_err *e);
void form_free(struct request *r);

/* ---- http_jobs.c, http_more.c: what the URLs mean ---- */

http_result submit(struct request *r);
http_result submit_answer(struct request *r);	/* after a wait, too */
http_result get_jobs(struct request *r, const char *arg);
http_result get_job(struct request *r, const char *id);
http_result get_log(struct request *r, const char *id);
http_result get_job_blob(struct request *r, const char *id);
http_result get_provenance(struct request *r, const char *id);
http_result get_events(struct request *r, const char *id);
http_result get_blob(struct request *r, const char *sha256);
http_result get_targets(struct request *r, const char *arg);
http_result get_certificates(struct request *r, const char *arg);
http_result get_openapi(struct request *r, const char *arg);
http_result get_health(struct request *r, const char *arg);
http_result get_metrics(struct request *r, const char *arg);

/* ---- http_page.c ---- */

http_result get_root(struct request *r, const char *arg);
http_result get_page(struct request *r, const char *arg);

/* target_identity(), of a target that something can be signed for: else
 * VORW_R_TARGET. */
bool target_for_jobs(const struct vorw_target *t, const char *cert,
		     char identity[DIGEST_HEX], struct vorw_err *e);

/* Seconds of ?wait=N or Prefer: wait=N; -1: not said.  VORW_R_REQUEST. */
bool wait_seconds(struct request *r, int *seconds, bool *async,
		  struct vorw_err *e);

/* ---- http_wait.c ---- */

u64 http_now_ms(void);
bool wait_start(struct http *h, struct vorw_err *e);
void wait_stop(struct http *h);
/* Suspend r until one of r->want has changed, or its deadline.  The handler
 * is called again then. */
void wait_for(struct request *r);
/* It is going away. */
void wait_forget(struct request *r);

#endif /* VORW_HTTP_INT_H */
