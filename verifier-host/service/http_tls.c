// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* http_tls.c - the front end's keys, and which clients it shakes hands with. */
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "file_io.h"
#include "http_int.h"
#include "logline.h"

#define PEM_MAX		(1u << 20)

const char http_tls_priorities[] =
	"SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE";

static bool read_pem(const char *path, char **to, gnutls_datum_t *d,
		     struct vorw_err *e)
{
	size_t n;

	if (!file_read(path, PEM_MAX, (u8 **)to, &n, e))
		return false;
	/* MHD takes a string */
	d->data = (u8 *)*to;
	d->size = strlen(*to);
	return true;
}

static bool usable(const char *path, int rc, struct vorw_err *e)
{
	return rc >= 0 ||
	       vorw_fail(e, VORW_R_KEY, "%s: %s", path, gnutls_strerror(rc));
}

/* A group may well be meant to: that of a secret that is mounted. */
static void warn_if_public(const char *key)
{
	char what[64];
	struct stat st;

	if (stat(key, &st) || !(st.st_mode & S_IRWXO))
		return;
	snprintf(what, sizeof(what), "mode %o lets everybody at it; chmod 600",
		 st.st_mode & 0777);
	log_line("http", "warn", "tls_key", key, "error", what, NULL);
}

static bool load(struct http *h, gnutls_certificate_credentials_t cred,
		 struct vorw_err *e)
{
	const struct http_opts *o = &h->o;
	gnutls_datum_t cert, key, ca;
	int n;

	if (!read_pem(o->tls_cert, &h->tls.cert, &cert, e) ||
	    !read_pem(o->tls_key, &h->tls.key, &key, e) ||
	    !usable(o->tls_cert, gnutls_certificate_set_x509_key_mem(cred,
			&cert, &key, GNUTLS_X509_FMT_PEM), e))
		return false;
	warn_if_public(o->tls_key);
	if (!o->tls_client_ca)
		return true;
	if (!read_pem(o->tls_client_ca, &h->tls.client_ca, &ca, e))
		return false;
	n = gnutls_certificate_set_x509_trust_mem(cred, &ca,
						  GNUTLS_X509_FMT_PEM);
	return usable(o->tls_client_ca, n, e) &&
	       (n || vorw_fail(e, VORW_R_KEY, "%s: no certificate in it",
			       o->tls_client_ca));
}

bool http_tls_load(struct http *h, struct vorw_err *e)
{
	gnutls_certificate_credentials_t cred;
	bool ok;

	if (gnutls_certificate_allocate_credentials(&cred))
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	ok = load(h, cred, e);
	gnutls_certificate_free_credentials(cred);
	return ok;
}

void http_tls_free(struct http_tls *tls)
{
	if (tls->key)
		explicit_bzero(tls->key, strlen(tls->key));
	free(tls->cert);
	free(tls->key);
	free(tls->client_ca);
	memset(tls, 0, sizeof(*tls));
}

static bool has_certificate(gnutls_session_t s)
{
	unsigned n = 0;

	return gnutls_certificate_get_peers(s, &n) && n;
}

/* MHD says nothing to a client whose handshake failed. */
static int refuse(gnutls_session_t s, gnutls_alert_description_t alert,
		  const char *why)
{
	gnutls_alert_send(s, GNUTLS_AL_FATAL, alert);
	log_line("http", "warn", "client_certificate", why, NULL);
	return GNUTLS_E_CERTIFICATE_ERROR;
}

/* At the end of the handshake, also of a client that has shown none. */
static int check_client(gnutls_session_t s)
{
	gnutls_typed_vdata_st purpose = {
		GNUTLS_DT_KEY_PURPOSE_OID, (u8 *)GNUTLS_KP_TLS_WWW_CLIENT, 0
	};
	gnutls_datum_t why = { 0 };
	unsigned status = 0;
	int rc;

	if (!has_certificate(s))
		return refuse(s, GNUTLS_A_CERTIFICATE_REQUIRED, "none");
	if (gnutls_certificate_verify_peers(s, &purpose, 1, &status))
		status |= GNUTLS_CERT_INVALID;
	if (!status)
		return 0;
	gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509,
						     &why, 0);
	rc = refuse(s, status & GNUTLS_CERT_SIGNER_NOT_FOUND ?
		    GNUTLS_A_UNKNOWN_CA : status & GNUTLS_CERT_EXPIRED ?
		    GNUTLS_A_CERTIFICATE_EXPIRED : GNUTLS_A_BAD_CERTIFICATE,
		    why.data ? (const char *)why.data : "bad");
	gnutls_free(why.data);
	return rc;
}

static gnutls_session_t session(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *i = MHD_get_connection_info(c,
					MHD_CONNECTION_INFO_GNUTLS_SESSION);

	return i ? i->tls_session : NULL;
}

void http_tls_need_client(struct MHD_Connection *c)
{
	gnutls_session_t s = session(c);

	/* MHD has set GNUTLS_CERT_REQUEST; ..._REQUIRE would refuse, too, but
	 * tell the client nothing */
	if (s)
		gnutls_session_set_verify_function(s, check_client);
}

bool http_tls_has_client(struct MHD_Connection *c)
{
	gnutls_session_t s = session(c);

	return s && has_certificate(s);
}
