// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * odd_token.c - a PKCS#11 module: another one, with logins that go wrong.
 *
 * ODD_MODULE is the other one, ODD_FILE says what goes wrong, each time anew:
 *	return N	C_Login does nothing and returns N
 *	die		C_Login does not return
 *	last		after the first C_Login, one more wrong PIN locks
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <p11-kit/pkcs11.h>

static CK_FUNCTION_LIST list, *other;
static unsigned logins;

static void what(char to[32])
{
	const char *path = getenv("ODD_FILE");
	FILE *f = path ? fopen(path, "r") : NULL;

	if (!f || !fgets(to, 32, f))
		*to = 0;
	if (f)
		fclose(f);
}

static CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	CK_RV rv = other->C_GetTokenInfo(slot, info);
	char how[32];

	what(how);
	if (rv == CKR_OK && logins && !strncmp(how, "last", 4))
		info->flags |= CKF_USER_PIN_FINAL_TRY;
	return rv;
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user,
		   unsigned char *pin, CK_ULONG n)
{
	char how[32];

	logins++;
	what(how);
	if (!strncmp(how, "die", 3)) {
		/* the log of pkcs11-spy.so */
		fflush(NULL);
		raise(SIGKILL);
	}
	if (!strncmp(how, "return ", 7))
		return strtoul(how + 7, NULL, 0);
	return other->C_Login(session, user, pin, n);
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **to)
{
	void *module = dlopen(getenv("ODD_MODULE"), RTLD_NOW | RTLD_LOCAL);
	CK_C_GetFunctionList get = module ?
		(CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList") : NULL;

	if (!get || get(&other) != CKR_OK)
		return CKR_GENERAL_ERROR;
	list = *other;
	list.C_GetFunctionList = C_GetFunctionList;
	list.C_GetTokenInfo = get_token_info;
	list.C_Login = login;
	*to = &list;
	return CKR_OK;
}
