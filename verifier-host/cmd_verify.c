// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cmd_verify.c - `vorw verify`: an object in, a signed blob out. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "blob_name.h"
#include "cmd_verify.h"
#include "file_io.h"
#include "btf_file.h"
#include "object.h"
#include "report.h"
#include "sign.h"
#include "signer/log_line.h"
#include "verify_object.h"
#include "vorw_certs.h"

/* It may have others to check first. */
#define SIGNER_SECONDS	300

static const char usage_text[] =
"usage: vorw verify OBJECT --target TARGET [OPTION]...\n"
"\n"
"Verify the BPF programs of OBJECT with the target's own kernel, in a virtual\n"
"machine, and write them as a blob that the target loads without verifying.\n"
"\n"
"  -t, --target NAME    for which target (`vorw target list`)\n"
"  -o, --output FILE    the blob; default: OBJECT with .blob for its .o\n"
"  -k, --key KEY        private key to sign with, PEM or DER\n"
"  -c, --cert CERT      its certificate; default of both: this build's\n"
"                       throw-away development key\n"
"  -u, --unsigned       do not sign\n"
"      --signer SOCKET  have the signer that listens there sign\n"
"  -n, --require-native refuse programs that the target's JIT cannot compile\n"
"  -b, --btf FILE       the kernel's BTF, for CO-RE where the kernel has none;\n"
"                       default: what the target was added with\n"
"      --cpu CPU        QEMU's -cpu; default: the target's.  What a JIT emits\n"
"                       depends on the CPU: the device has to have the same\n"
"      --append WORDS   for the command line of the kernel that verifies, as\n"
"                       \"spectre_v2=off\": some choose what a JIT emits\n"
"      --name NAME      name on the device; default: from OBJECT's name\n"
"      --cold           boot the virtual machine, do not start from a snapshot\n"
"                       (`vorw target snapshot`)\n"
"      --xlated         put the instructions of native programs in, too\n"
"      --remote URL     let the service there do it, and sign with its key\n"
"      --token-file FILE  what it wants to be shown; default: $VORW_TOKEN\n"
"      --ca FILE        its certificate's CA, PEM; default: $VORW_CA, or the\n"
"                       system's\n"
"      --client-cert FILE, --client-key FILE  if it takes only clients that\n"
"                       have a certificate\n"
"  -l, --log FILE       the verifier's full log; - is standard error\n"
"  -j, --json           answer in JSON\n"
"  -q, --quiet          no progress\n"
"\n"
"Exit status: 0 verified, 1 refused or failed, 2 usage.\n";

#define CPU_MAX		(sizeof(((struct vorw_target *)0)->cpu) - 1)
#define APPEND_MAX	(sizeof(((struct vorw_target *)0)->append) - 1)

/* -1: go on; else the exit status. */
static int parse_args(int argc, char **argv, struct verify_args *a)
{
	/* of others the last one counts; of two targets one would be missed */
	struct cmd_texts targets = { &a->target, 0, 1 };
	const struct cmd_option options[] = {
		{ "target", 't', .texts = &targets },
		{ "output", 'o', .text = &a->output },
		{ "key", 'k', .text = &a->key },
		{ "cert", 'c', .text = &a->cert },
		{ "unsigned", 'u', .flag = &a->no_sign },
		{ "signer", .text = &a->signer },
		{ "require-native", 'n', .flag = &a->require_native },
		{ "btf", 'b', .text = &a->btf },
		{ "cpu", .text = &a->cpu },
		{ "append", .text = &a->append },
		{ "name", .text = &a->name },
		{ "xlated", .flag = &a->xlated },
		{ "cold", .flag = &a->cold },
		{ "remote", .text = &a->remote },
		{ "token-file", .text = &a->token_file },
		{ "ca", .text = &a->ca },
		{ "client-cert", .text = &a->client_cert },
		{ "client-key", .text = &a->client_key },
		{ "log", 'l', .text = &a->log },
		{ "json", 'j', .flag = &a->json },
		{ "quiet", 'q', .flag = &a->quiet },
	};
	const struct cmd_syntax syntax = {
		"verify", usage_text, "object", options,
		sizeof(options) / sizeof(options[0])
	};
	int rc = cmd_parse(argc, argv, &syntax, &a->object);

	if (rc >= 0)
		return rc;
	if (!a->target)
		return cmd_usage_error("verify", "--target is needed");
	if (!a->key != !a->cert)
		return cmd_usage_error("verify", "--key and --cert go together");
	if (a->signer && (a->cpu || a->append))
		return cmd_usage_error("verify", "--signer with %s: the signer knows targets as they are defined",
				       a->cpu ? "--cpu" : "--append");
	if (a->signer && (a->key || a->no_sign))
		return cmd_usage_error("verify", "--signer with %s",
				       a->key ? "a key" : "--unsigned");
	if (a->no_sign && a->key)
		return cmd_usage_error("verify", "--unsigned with a key");
	if (a->remote && (a->cpu || a->append || a->cold))
		return cmd_usage_error("verify", "--remote with %s: the service knows its targets",
				       a->cpu ? "--cpu" : a->append ?
				       "--append" : "--cold");
	if (a->remote && (a->key || a->no_sign || a->signer))
		return cmd_usage_error("verify", "--remote with %s: the service signs",
				       a->key ? "a key" : a->signer ? "--signer" :
				       "--unsigned");
	if (!a->client_cert != !a->client_key)
		return cmd_usage_error("verify", "--client-cert and --client-key go together");
	if (!a->remote && (a->ca || a->client_cert))
		return cmd_usage_error("verify", "%s without --remote",
				       a->ca ? "--ca" : "--client-cert");
	if (a->output && !strcmp(a->output, "-"))
		return cmd_usage_error("verify", "a blob is not written to standard output");
	if (a->cpu && !cmd_made_of(a->cpu, "_.,=+-", CPU_MAX))
		return cmd_usage_error("verify", "--cpu cannot be '%s'",
				       a->cpu);
	if (a->append && !cmd_made_of(a->append, " _.,:=-", APPEND_MAX))
		return cmd_usage_error("verify", "--append cannot be '%s'",
				       a->append);
	if (a->name && !blob_name_ok(a->name))
		return cmd_usage_error("verify", "--name '%s': 1 to 63 letters, digits, '_' and '-', not '-' first",
				       a->name);
	return -1;
}

static char *default_output(const char *object)
{
	size_t n = strlen(object);
	char *out;

	if (n > 2 && !strcmp(object + n - 2, ".o"))
		n -= 2;
	if (n > 4 && !strncmp(object + n - 4, ".bpf", 4) &&
	    object[n - 5] != '/')
		n -= 4;
	return asprintf(&out, "%.*s.blob", (int)n, object) < 0 ? NULL : out;
}

static bool sign_content(const struct verify_args *a, const u8 *content, size_t n,
			 u8 **blob, u32 *size, struct sign_answer *by,
			 struct vorw_err *e)
{
	char *key = a->key ? strdup(a->key) : cmd_file_beside("keys/dev.key.pem");
	char *cert = a->cert ? strdup(a->cert) : cmd_file_beside("keys/dev.cert.pem");
	struct sign_key k;
	u8 *der = NULL;
	u32 der_size = 0;
	bool ok = false;

	if (!key || !cert) {
		vorw_fail(e, VORW_R_NO_MEMORY, "out of memory");
	} else {
		ok = sign_key_load(&k, key, cert, e) &&
		     sign_with(&k, content, n, &der, &der_size, e) &&
		     sign_attach(content, n, der, der_size, blob, size, e);
		if (ok)
			log_hash(k.cert.v.der, k.cert.v.der_size, by->cert);
		sign_key_free(&k);
	}
	free(der);
	free(key);
	free(cert);
	return ok;
}

/* By the process that has the key: it wants to see for itself. */
static bool sign_elsewhere(const struct verify_args *a, const struct sign_job *job,
			   u8 **blob, u32 *size, struct sign_answer *by,
			   struct vorw_err *e)
{
	bool ok;

	vorw_progress("signing: %s", a->signer);
	ok = signer_sign(a->signer, job, SIGNER_SECONDS, by, e) &&
	     sign_attach(job->content, job->content_size, by->der, by->der_size,
			 blob, size, e);
	signer_answer_free(by);
	return ok;
}

/* Signed, but not for the module that was built beside this program. */
static void note_untrusted(const u8 *blob, u32 size)
{
	struct vorw_parts parts;
	u32 idx;

	if (vorw_locate(blob, size, &parts, NULL) != VORW_R_OK ||
	    sign_check(&parts, vorw_certs, vorw_ncerts, &idx) == VORW_R_OK)
		return;
	fputs("vorw: note: signed with the throw-away development key, which this build's module does not trust\n",
	      stderr);
}

/* Nothing that is read, and not the log, is overwritten by the blob; nor
 * anything by the log. */
static bool check_overwrite(const struct verify_args *a, const char *output,
			    struct vorw_err *e)
{
	bool dev = !a->key && !a->no_sign && !a->signer && !a->remote;
	char *key = dev ? cmd_file_beside("keys/dev.key.pem") : NULL;
	char *cert = dev ? cmd_file_beside("keys/dev.cert.pem") : NULL;
	const char *const others[] = {
		a->object, a->btf, a->key ? a->key : key, a->cert ? a->cert : cert,
	};
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < sizeof(others) / sizeof(others[0]); i++) {
		if (file_same(output, others[i]))
			ok = vorw_fail(e, VORW_R_USAGE,
				       "%s: the output would overwrite %s",
				       output, others[i]);
		else if (file_same(a->log, others[i]))
			ok = vorw_fail(e, VORW_R_USAGE,
				       "%s: the log would overwrite %s",
				       a->log, others[i]);
	}
	if (ok && a->log &&
	    (!strcmp(a->log, output) || file_same(a->log, output)))
		ok = vorw_fail(e, VORW_R_USAGE,
			       "%s: log and output are one file", output);
	free(key);
	free(cert);
	return ok;
}

/* Before a VM is booted for nothing: is the key there, is the output? */
bool verify_check_files(const struct verify_args *a, const char *output,
			struct vorw_err *e)
{
	struct stat st;

	if (stat(a->object, &st) == 0 && !S_ISREG(st.st_mode))
		return vorw_fail(e, VORW_R_BAD_OBJECT,
				 "%s: not a regular file", a->object);
	if (!check_overwrite(a, output, e) || !file_may_write(output, e) ||
	    (a->log && !file_may_write(a->log, e)))
		return false;
	if (a->key && !sign_key_is_file(a->key, e))
		return false;
	if (a->key && access(a->key, R_OK))
		return vorw_fail(e, VORW_R_KEY, "%s: %s", a->key,
				 strerror(errno));
	if (a->cert && access(a->cert, R_OK))
		return vorw_fail(e, VORW_R_KEY, "%s: %s", a->cert,
				 strerror(errno));
	return true;
}

bool verify_write_log(const char *path, const char *log, struct vorw_err *e)
{
	if (!path || !log)
		return true;
	if (!strcmp(path, "-")) {
		fputs(log, stderr);
		return true;
	}
	return file_write(path, log, strlen(log), e);
}

static bool get_target(const struct verify_args *a, struct vorw_target *t,
		       struct vorw_err *e)
{
	if (!vorw_target_get(a->target, t, e))
		return false;
	/* parse_args() has measured both */
	if (a->cpu)
		strcpy(t->cpu, a->cpu);
	if (a->append)
		strcpy(t->append, a->append);
	return true;
}

/* By whom it is to be, or not at all; *blob is NULL then. */
static bool sign(const struct verify_args *a, const struct verified *v,
		 const struct verify_opts *o, u8 **blob, u32 *size,
		 struct sign_answer *by, struct vorw_err *e)
{
	struct sign_job job;

	if (a->no_sign)
		return true;
	if (!a->signer)
		return sign_content(a, v->content, v->size, blob, size, by, e);
	verified_sign_job(&job, v, o);
	job.target = a->target;
	return sign_elsewhere(a, &job, blob, size, by, e);
}

static bool write_out(const struct verify_args *a, const char *output,
		      const struct verified *v, const u8 *blob, u32 size,
		      const struct sign_answer *by, struct vorw_err *e)
{
	const struct report rep = {
		.blob = output, .is_signed = !a->no_sign, .by = by,
		.content_size = v->size, .size = blob ? size : v->size,
	};

	if (!verify_write_log(a->log, v->s.log, e) ||
	    !file_write(output, blob ? blob : v->content, rep.size, e))
		return false;
	if (blob && !a->key && !a->signer)
		note_untrusted(blob, size);
	if (a->json)
		report_json(stdout, &v->s, &rep);
	else
		report_text(stdout, &v->s, &rep);
	return true;
}

static bool verify(const struct verify_args *a, const char *output,
		   const char *name, struct vorw_err *e)
{
	struct vorw_target t;
	struct verify_opts o = {
		.target = &t, .object = a->object, .name = name,
		.require_native = a->require_native, .xlated = a->xlated,
		.full_log = a->log != NULL, .record = a->signer != NULL,
		/* a snapshot is of the target's own machine */
		.cold = a->cold || a->cpu || a->append,
	};
	struct sign_answer by = { 0 };
	struct verified v = { 0 };
	u8 *obj = NULL, *blob = NULL, *btf = NULL;
	u32 size = 0;
	bool ok;

	ok = verify_check_files(a, output, e) &&
	     file_read(a->object, OBJECT_MAX_SIZE, &obj, &o.size, e) &&
	     object_check(obj, o.size, a->object, e) &&
	     get_target(a, &t, e) &&
	     (!a->btf || btf_read(a->btf, &btf, &o.btf_size, e));
	o.bytes = obj;
	o.btf = btf;
	ok = ok && verify_object(&v, &o, e) &&
	     sign(a, &v, &o, &blob, &size, &by, e) &&
	     write_out(a, output, &v, blob, size, &by, e);
	verified_free(&v);
	free(btf);
	free(obj);
	free(blob);
	return ok;
}

static int refusal(const struct verify_args *a, const struct vorw_err *e)
{
	struct vorw_err second = { 0 };

	if (a->json)
		report_refusal_json(e);
	if (e->log && !verify_write_log(a->log, e->log, &second))
		vorw_err_print(&second);
	vorw_err_print(e);
	if (!a->log || strcmp(a->log, "-"))
		report_log(e);
	if (e->log && !a->log && e->reason == VORW_R_VERIFIER)
		fputs("  full log with source lines: --log FILE\n", stderr);
	return CMD_FAILED;
}

int cmd_verify(int argc, char **argv)
{
	struct verify_args a = { 0 };
	struct vorw_err e = { 0 };
	char *output, *name;
	int rc = parse_args(argc, argv, &a);

	if (rc >= 0)
		return rc;
	vorw_quiet = a.quiet;
	output = a.output ? strdup(a.output) : default_output(a.object);
	name = a.name ? strdup(a.name) : blob_name_default(a.object);
	if (!output || !name)
		vorw_fail(&e, VORW_R_NO_MEMORY, "out of memory");
	else if (a.remote)
		verify_remote(&a, output, name, &e);
	else
		verify(&a, output, name, &e);
	rc = e.reason == VORW_R_OK ? CMD_OK : refusal(&a, &e);
	free(output);
	free(name);
	vorw_err_free(&e);
	return rc;
}
