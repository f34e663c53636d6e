# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# kernel.sh - which packages make a target, to be sourced by fetch-target.

# Names in a package's Depends that start with $2.
depends()
{
	apt_field "$1" Depends | tr ',|' '\n\n' |
		sed -n "s/^ *\($2[^ (]*\).*/\1/p"
}

# want PART NAME[:ARCH] VERSION: one more package; false if it is not there.
want()
{
	[ -n "$(apt_field "$2=$3" Filename)" ] || return 1
	want_parts+=("$1")
	want_specs+=("$2=$3")
}

# The packages of kernel $1, version $2: false unless all are there.
#
# Up to 6.12 linux-image-REL is the kernel and its modules; from 7.x on it only
# depends on linux-{binary,modules,base}-REL.  The headers come with the part
# common to all flavours and with the programs that build modules, which must
# run here.
kernel_packages()
{
	local rel=$1 v=$2 image headers split p

	want_parts=() want_specs=()
	image=linux-image-$rel:$DEB_ARCH
	split=$(depends "$image=$v" 'linux-\(binary\|modules\|base\)-[0-9]')
	for p in ${split:-"linux-image-$rel"}; do
		want image "$p:$DEB_ARCH" "$v" || return 1
	done
	headers=linux-headers-$rel:$DEB_ARCH
	want headers "$headers" "$v" || return 1
	for p in $(depends "$headers=$v" linux-headers-); do
		want headers "$p" "$v" || return 1
	done
	for p in $(depends "$headers=$v" linux-kbuild-); do
		# the headers want this version or, in 6.1, a later one
		want headers "$p:$host_arch" "$v" ||
		want headers "$p:$host_arch" \
			"$(apt_field "$p:$host_arch" Version)" || return 1
	done
}

# The newest version of the kernel of which all is there, in the first suite
# that has one; sets pkgver, release, want_parts and want_specs.  During a sync
# the newest image may be there without its headers: then the version before
# it is the answer.
resolve()
{
	local suite v rel skipped=

	for suite in ${SUITES//,/ }; do
		for v in $(apt_versions "$IMAGE_PACKAGE:$DEB_ARCH" "$suite"); do
			case $v in
			"$SERIES".*)	;;
			*)		continue ;;
			esac
			for rel in $(depends "$IMAGE_PACKAGE:$DEB_ARCH=$v" \
					linux-image-); do
				rel=${rel#linux-image-}
				kernel_packages "$rel" "$v" || continue
				[ -z "$skipped" ] ||
					warn "$skipped is not complete on the mirror, taking $v of $suite"
				pkgver=$v
				release=$rel
				return 0
			done
			skipped="$v of $suite"
		done
	done
	die "the mirror has no complete $SERIES kernel ($IMAGE_PACKAGE, its headers and linux-kbuild of one version, $DEB_ARCH, in ${SUITES//,/, })${skipped:+; $skipped is there in part}${apt_missing[*]:+; without ${apt_missing[*]}}: it may be in the middle of a sync, try again later"
}

# What is beside the kernel: the sysroot's packages, from one suite, and the
# newest libraries for the programs of linux-kbuild.
resolve_rest()
{
	local p v

	for p in ${SYSROOT_PACKAGES//,/ }; do
		v=$(apt_versions "$p:$DEB_ARCH" "$SYSROOT_SUITE" | head -1)
		want sysroot "$p:$DEB_ARCH" "$v" ||
			die "the mirror has no package $p:$DEB_ARCH in $SYSROOT_SUITE${apt_missing[*]:+ (without ${apt_missing[*]})}; it may be in the middle of a sync: try again later"
	done
	for p in ${KBUILD_LIBS//,/ }; do
		v=$(apt_field "$p:$host_arch" Version)
		want kblibs "$p:$host_arch" "$v" ||
			die "the mirror has no package $p:$host_arch in ${SUITES//,/, }; it may be in the middle of a sync: try again later"
	done
}
