/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_reason.h - why a blob, an object or a load was refused.
 *
 * One enum for the parser, the module, the host tool and the service.  The
 * numbers are part of the ioctl contract: append, never renumber.  The name
 * is what the kernel log, `vorw load`, `vorw check` and --json print.
 *
 * X(number, IDENT, "name", "one line for people")
 *
 * Three lists, so that the module and the loader need not carry the words for
 * what they never meet.
 */
#ifndef VORW_REASON_H
#define VORW_REASON_H

/* what the module can answer */
#define VORW_REASONS_DEVICE(X) \
X(0,  OK,		"ok",			"accepted") \
/* shape: what the parser says, before any meaning */ \
X(1,  TRUNCATED,	"truncated",		"file ends before its own size says") \
X(2,  BAD_MAGIC,	"bad-magic",		"not a vorw blob") \
X(3,  VERSION,		"unsupported-version",	"blob format version not supported") \
X(4,  MALFORMED,	"malformed",		"blob structure is inconsistent") \
X(5,  LIMIT,		"limit-exceeded",	"a size or count is above the format's limit") \
X(6,  RESERVED,		"reserved-not-zero",	"a reserved field or unknown flag is set") \
X(7,  UNSUPPORTED,	"unsupported",		"well-formed, but not supported by this reader") \
/* signature */ \
X(16, UNSIGNED,		"unsigned",		"blob carries no signature") \
X(17, SIG_FORMAT,	"signature-malformed",	"signature is not in the one accepted encoding") \
X(18, SIG_UNKNOWN_KEY,	"unknown-signer",	"no trusted certificate made this signature") \
X(19, SIG_BAD,		"bad-signature",	"signature does not match the blob") \
/* binding */ \
X(32, WRONG_ARCH,	"wrong-architecture",	"blob is for another architecture") \
X(33, WRONG_KERNEL,	"wrong-kernel",		"blob is for another kernel build") \
X(34, WRONG_CPU,	"cpu-feature-missing",	"code uses a CPU feature this CPU lacks") \
X(35, WRONG_CONFIG,	"wrong-kernel-setting",	"page size or HZ differ from verification") \
X(36, PRIVILEGE,	"privilege-missing",	"caller lacks a privilege the verifier assumed") \
X(37, POLICY,		"device-policy",	"device asks for hardening the code does not have") \
/* linking */ \
X(48, MAP_CREATE,	"map-create-failed",	"kernel refused to create a map") \
X(49, MAP_MISMATCH,	"map-mismatch",		"a map is not what the blob says") \
X(50, HELPER,		"helper-unavailable",	"device kernel does not grant a helper") \
X(51, SYMBOL,		"symbol-unavailable",	"kernel routine unknown, ambiguous or not allowed") \
X(52, RELOC,		"relocation-invalid",	"relocation does not fit its place") \
X(53, PROG_TYPE,	"program-type-unsupported", "program type is not supported here") \
/* installing */ \
X(64, SEAM,		"seam-unavailable",	"verifier hook is not armed; nothing was installed") \
X(65, PROG_LOAD,	"program-load-failed",	"kernel refused the program") \
X(66, NO_MEMORY,	"out-of-memory",	"out of memory") \
X(67, FAULT,		"bad-address",		"blob memory cannot be read") \
X(68, INTERNAL,		"internal-error",	"a bug in vorw; please report") \
X(69, ROOM,		"too-little-room",	"caller has no room for all descriptors")

#define VORW_REASONS_LOADER(X) \
X(80, NO_MODULE,	"module-not-loaded",	"/dev/vorw is missing: is vorw.ko loaded?") \
X(81, NO_BPFFS,		"no-bpffs",		"no BPF filesystem at the pin directory") \
X(82, NAME_TAKEN,	"name-taken",		"something of this name is already loaded") \
X(83, ATTACH,		"attach-failed",	"loaded, but a program could not be attached") \
X(84, NOT_LOADED,	"not-loaded",		"nothing of this name is loaded") \
X(85, IO,		"io-error",		"reading or writing a file failed") \
X(86, USAGE,		"usage",		"command line not understood")

#define VORW_REASONS_HOST(X) \
X(96, BAD_OBJECT,	"bad-object",		"not a BPF object this target can take") \
X(97, VERIFIER,		"verifier-rejected",	"the target's verifier refused the program") \
X(98, NEED_NATIVE,	"native-required",	"the target's JIT cannot compile a program") \
X(99, RELINK,		"relink-mismatch",	"the image is not explained byte for byte") \
X(100, NATIVE_CODE,	"native-code-rejected",	"compiled code holds an instruction that is not known") \
X(101, VM,		"vm-failed",		"verification VM did not start, hung or died") \
X(102, GUEST,		"guest-protocol",	"verification VM sent something malformed") \
X(103, TARGET,		"target-unavailable",	"target unknown, not ready or incomplete") \
X(104, KEY,		"key-unusable",		"key or certificate cannot be used") \
X(105, MAP_UNSUPPORTED,	"map-unsupported",	"the target cannot create a map of the object") \
X(106, SIGNER,		"signer-unavailable",	"the signer cannot answer now; try again") \
X(107, EVIDENCE,	"evidence-mismatch",	"what is to be signed does not follow from its evidence") \
X(108, LOG,		"log-broken",		"the signing log is not whole") \
/* the service, and who asks it */ \
X(112, REQUEST,		"bad-request",		"request not understood") \
X(113, NOT_FOUND,	"not-found",		"there is no such thing here") \
X(114, UNAUTHORIZED,	"unauthorized",		"a valid token is needed") \
X(115, SCOPE,		"scope-missing",	"the token is not for this") \
X(116, QUOTA,		"quota-exceeded",	"the token's quota is used up") \
X(117, BUSY,		"service-busy",		"the service has no room for more now") \
X(118, STORE,		"store-failed",		"the service's database cannot be used") \
X(119, WORKER,		"worker-died",		"each worker that took the job died over it") \
X(120, REMOTE,		"remote-failed",	"the service cannot be reached or answered nonsense")

#define VORW_REASONS(X) \
VORW_REASONS_DEVICE(X) VORW_REASONS_LOADER(X) VORW_REASONS_HOST(X)

enum vorw_reason {
#define X(num, id, name, text) VORW_R_##id = num,
	VORW_REASONS(X)
#undef X
};

/* Both return a static string, "unknown" for a number that is not in the lists
 * of this build: __KERNEL__ has the first, VORW_LOADER two, others all.  The
 * kernel log names, programs explain. */
const char *vorw_reason_name(enum vorw_reason r);
const char *vorw_reason_text(enum vorw_reason r);

#endif /* VORW_REASON_H */
