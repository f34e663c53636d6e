// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * pkcs11.c - from a PKCS#11 URI to a session with a key in it.
 *
 * PKCS #11 v2.40.  What is looked for has to be there exactly once: which of
 * two keys signs is not left to the order in which a token lists them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <mbedtls/platform_util.h>
#include "token_int.h"

bool token_fail(const struct token *t, const char *what, struct vorw_err *e)
{
	return vorw_fail(e, VORW_R_KEY, "%s: %s", t->name, what);
}

bool token_fail_rv(const struct token *t, const char *what, CK_RV rv,
		   struct vorw_err *e)
{
	return vorw_fail(e, VORW_R_KEY, "%s: %s: %s", t->name, what,
			 p11_kit_strerror(rv));
}

static bool parse(struct token *t, const char *uri, struct vorw_err *e)
{
	CK_ATTRIBUTE *class;
	int err;

	t->name = strndup(uri, strcspn(uri, "?"));
	t->uri = p11_kit_uri_new();
	if (!t->name || !t->uri)
		return vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	if (!sign_key_uri_check(uri, e))
		return false;
	err = p11_kit_uri_parse(uri, P11_KIT_URI_FOR_ANY, t->uri);
	if (err)
		return token_fail(t, p11_kit_uri_message(err), e);
	if (p11_kit_uri_any_unrecognized(t->uri))
		return token_fail(t, "the URI has an attribute that is not known, or too long",
			    e);
	if (!p11_kit_uri_get_module_path(t->uri))
		return token_fail(t, "module-path= is missing after '?'", e);
	class = p11_kit_uri_get_attribute(t->uri, CKA_CLASS);
	return !class || (class->ulValueLen == sizeof(CK_OBJECT_CLASS) &&
			  *(CK_OBJECT_CLASS *)class->pValue ==
			  CKO_PRIVATE_KEY) ||
	       token_fail(t, "type= of a key that signs is private", e);
}

static bool initialize(struct token *t, struct vorw_err *e)
{
	CK_RV rv = p11_kit_module_initialize(t->f);

	t->initialized = rv == CKR_OK ||
			 rv == CKR_CRYPTOKI_ALREADY_INITIALIZED;
	return t->initialized || token_fail_rv(t, "C_Initialize", rv, e);
}

static void finalize(struct token *t)
{
	if (t->initialized)
		p11_kit_module_finalize(t->f);
	t->initialized = false;
}

bool token_module_open(struct token *t, const char *uri, const char *log,
		       struct vorw_err *e)
{
	const char *path;
	CK_INFO info;
	CK_RV rv;

	p11_kit_be_quiet();
	if (!parse(t, uri, e) ||
	    !pin_open(&t->pin, p11_kit_uri_get_pin_source(t->uri), log, e))
		return false;
	path = p11_kit_uri_get_module_path(t->uri);
	/* unmanaged: we have one thread, and after this no fork() */
	t->f = p11_kit_module_load(path, P11_KIT_MODULE_UNMANAGED);
	if (!t->f)
		return vorw_fail(e, VORW_R_KEY,
				 "cannot load a PKCS#11 module: %s: %s", path,
				 p11_kit_message() ?: "unknown");
	if (!initialize(t, e))
		return false;
	rv = t->f->C_GetInfo(&info);
	if (rv != CKR_OK || !p11_kit_uri_match_module_info(t->uri, &info))
		return vorw_fail(e, VORW_R_KEY,
				 "%s: not the PKCS#11 module that the URI describes",
				 path);
	return true;
}

void token_module_close(struct token *t)
{
	finalize(t);
	if (t->f)
		p11_kit_module_release(t->f);
	pin_close(&t->pin);
	p11_kit_uri_free(t->uri);
	free(t->name);
}

/* malloc'd slots with a token in them; NULL with e filled. */
static CK_SLOT_ID *list_slots(struct token *t, CK_ULONG *n, struct vorw_err *e)
{
	CK_SLOT_ID *slots;
	CK_RV rv;

	/* without a place to put them, it looks which ones there are now */
	rv = t->f->C_GetSlotList(CK_TRUE, NULL, n);
	slots = rv == CKR_OK ? calloc(*n + 1, sizeof(*slots)) : NULL;
	if (slots)
		rv = t->f->C_GetSlotList(CK_TRUE, slots, n);
	if (slots && rv == CKR_OK)
		return slots;
	free(slots);
	token_fail_rv(t, "looking for tokens", rv == CKR_OK ? CKR_HOST_MEMORY : rv,
		e);
	return NULL;
}

static bool token_matches(struct token *t, CK_SLOT_ID slot,
			  CK_TOKEN_INFO *info)
{
	CK_SLOT_ID want = p11_kit_uri_get_slot_id(t->uri);
	CK_SLOT_INFO slot_info;

	return (want == (CK_SLOT_ID)-1 || want == slot) &&
	       t->f->C_GetSlotInfo(slot, &slot_info) == CKR_OK &&
	       t->f->C_GetTokenInfo(slot, info) == CKR_OK &&
	       info->flags & CKF_TOKEN_INITIALIZED &&
	       p11_kit_uri_match_slot_info(t->uri, &slot_info) &&
	       p11_kit_uri_match_token_info(t->uri, info);
}

static bool find_token(struct token *t, CK_SLOT_ID *slot, CK_TOKEN_INFO *info,
		       struct vorw_err *e)
{
	CK_ULONG nslots, n = 0, i;
	CK_SLOT_ID *slots = list_slots(t, &nslots, e);
	CK_TOKEN_INFO one;

	*slot = 0;
	*info = (CK_TOKEN_INFO){ 0 };
	for (i = 0; slots && i < nslots; i++)
		if (token_matches(t, slots[i], &one)) {
			*slot = slots[i];
			*info = one;
			n++;
		}
	free(slots);
	if (!slots)
		return false;
	return n == 1 ||
	       token_fail(t, n ? "several tokens fit; add serial= or slot-id=" :
			   "there is no such token", e);
}

static bool may_log_in(struct token *t, struct vorw_err *e)
{
	CK_TOKEN_INFO info;
	CK_RV rv;

	if (!t->pin.path)
		return token_fail(t, "the token wants a PIN; put it into a file, and pin-source=FILE",
			    e);
	/* what it said when the session was opened may be long ago */
	rv = t->f->C_GetTokenInfo(t->slot, &info);
	if (rv != CKR_OK)
		return token_fail_rv(t, "C_GetTokenInfo", rv, e);
	if (info.flags & CKF_USER_PIN_LOCKED)
		return token_fail(t, "the token's PIN is locked", e);
	return !(info.flags & CKF_USER_PIN_FINAL_TRY) ||
	       token_fail(t, "one more wrong PIN would lock the token; log in once by other means",
		    e);
}

/*
 * Does what C_Login returned say that the PIN is right, or that the token was
 * not asked?  Of what says neither, CKR_GENERAL_ERROR, CKR_FUNCTION_FAILED and
 * CKR_DEVICE_ERROR among it, a module may make a wrong PIN, and a signer that
 * is started again each second would lock the token; refusing costs the
 * operator a touch(1) of the PIN's file.
 */
static bool pin_not_refused(CK_RV rv)
{
	switch (rv) {
	case CKR_OK:
	case CKR_USER_ALREADY_LOGGED_IN:
	case CKR_USER_ANOTHER_ALREADY_LOGGED_IN:
	case CKR_USER_PIN_NOT_INITIALIZED:
	case CKR_USER_TYPE_INVALID:
	case CKR_OPERATION_NOT_INITIALIZED:
	case CKR_CRYPTOKI_NOT_INITIALIZED:
	case CKR_SESSION_CLOSED:
	case CKR_SESSION_HANDLE_INVALID:
	case CKR_TOKEN_NOT_PRESENT:
	case CKR_DEVICE_REMOVED:
		return true;
	default:
		return false;
	}
}

static const char *why_refused(CK_RV rv)
{
	switch (rv) {
	case CKR_PIN_INCORRECT:
	case CKR_PIN_INVALID:
	case CKR_PIN_LEN_RANGE:
		return "the PIN is wrong";
	case CKR_PIN_LOCKED:
		return "the token's PIN is locked";
	default:
		return p11_kit_strerror(rv);
	}
}

bool token_login(struct token *t, CK_USER_TYPE user, struct vorw_err *e)
{
	struct vorw_err disk = { 0 };
	u8 pin[PIN_MAX];
	size_t n;
	CK_RV rv;

	if (!may_log_in(t, e))
		return false;
	if (!pin_read(&t->pin, pin, &n, e))
		return false;
	/* before it is tried: the process may not live to do it later */
	if (!pin_mark(&t->pin, "", &disk)) {
		mbedtls_platform_zeroize(pin, sizeof(pin));
		return vorw_fail(e, disk.reason,
				 "%s; without it no PIN is tried", disk.msg);
	}
	rv = t->f->C_Login(t->session, user, pin, n);
	mbedtls_platform_zeroize(pin, sizeof(pin));
	/* of no consequence now: without a reason the mark is as good, and
	 * with a mark the session is */
	if (!(pin_not_refused(rv) ? pin_unmark(&t->pin, &disk) :
	      pin_mark(&t->pin, why_refused(rv), &disk)))
		fprintf(stderr, "vorw-signer: %s\n", disk.msg);
	if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)
		return true;
	return vorw_fail(e, VORW_R_KEY, "%s: logging in with %s: %s", t->name,
			 t->pin.path, why_refused(rv));
}

bool token_session_open(struct token *t, struct vorw_err *e)
{
	CK_TOKEN_INFO info;
	CK_RV rv;

	if (!find_token(t, &t->slot, &info, e))
		return false;
	rv = t->f->C_OpenSession(t->slot, CKF_SERIAL_SESSION, NULL, NULL,
				 &t->session);
	if (rv != CKR_OK) {
		t->session = CK_INVALID_HANDLE;
		return token_fail_rv(t, "C_OpenSession", rv, e);
	}
	if ((!(info.flags & CKF_LOGIN_REQUIRED) ||
	     token_login(t, CKU_USER, e)) &&
	    token_find_key(t, e))
		return true;
	token_session_close(t);
	return false;
}

bool token_session_again(struct token *t, struct vorw_err *e)
{
	struct vorw_err first = { 0 };
	bool ok;

	token_session_close(t);
	ok = t->initialized && token_session_open(t, &first);
	vorw_err_free(&first);
	if (ok)
		return true;
	/* there are modules that look which tokens there are only here */
	finalize(t);
	return initialize(t, e) && token_session_open(t, e);
}

void token_session_close(struct token *t)
{
	if (t->session != CK_INVALID_HANDLE)
		t->f->C_CloseSession(t->session);
	t->session = CK_INVALID_HANDLE;
}
