# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# unpack.sh - from packages to a target's directory, to be sourced by
# fetch-target.

# The packages of the manifest into $tmp/{image,headers,sysroot}.
unpack()
{
	local sum part file

	say "unpacking ${own:+the sysroot for }kernel $release${pkgver:+ ($pkgver)}"
	mkdir -p "$tmp/image" "$tmp/headers/kblibs" "$tmp/sysroot"
	while read -r sum part file; do
		[ "$sum" != '#' ] || continue
		[ "$part" != kblibs ] || part=headers/kblibs
		# Device trees and documentation are most of the image package
		# and serve nothing here.  dpkg-deb checks the archive; tar
		# must not give files to whatever owner the package says.
		dpkg-deb --fsys-tarfile "$debs/$file" |
			tar -x --no-same-owner -C "$tmp/$part" \
				--exclude './usr/lib/linux-image-*' \
				--exclude './usr/share/doc' \
				--exclude './usr/share/man' \
				2> "$cache/.tar.log" || {
			head -2 "$cache/.tar.log" | cut -c1-200 >&2
			die "cannot unpack $file into $dir: is the disk full?"
		}
	done < "$cache/manifest"
}

# Debian's headers name their parts by absolute paths.
prepare_headers()
{
	local src=$tmp/headers/usr/src h=$tmp/headers/usr/src/linux-headers-$release

	[ -f "$h/Makefile" ] && [ -f "$h/.config" ] ||
		die "unexpected contents of the headers package of $release"
	{
		# shellcheck disable=SC2016
		echo 'vorw_src := $(abspath $(dir $(realpath $(lastword $(MAKEFILE_LIST))))..)'
		# shellcheck disable=SC2016
		sed 's#/usr/src/#$(vorw_src)/#g' "$h/Makefile"
	} > "$tmp/Makefile"
	mv "$tmp/Makefile" "$h/Makefile"
	ls "$src"/*-common/Makefile >/dev/null 2>&1 ||
		die "unexpected contents of the common headers of $release"
	[ -x "$h/scripts/mod/modpost" ] ||
		die "the headers of $release do not find their linux-kbuild"
	adapt_config "$h"
	wrap_kbuild
}

# The configuration says what the kernel's own compiler and assembler can do.
# Ours may be older: CC_LACKS and AS_LACKS name what to do without.  These
# options choose between ways to say the same thing; none changes what the
# kernel looks like to a module.
adapt_config()
{
	local h=$1 opts=${AS_LACKS//,/ } opt f

	for opt in ${CC_LACKS//,/ }; do
		opts+=" CC_HAS_$opt"
	done
	for opt in $opts; do
		for f in .config include/config/auto.conf \
			 include/generated/autoconf.h; do
			[ ! -e "$h/$f" ] ||
				sed -i -E "/^(#define )?CONFIG_$opt[ =]/d" "$h/$f"
		done
	done
}

# Prints the dynamically linked programs below $1.
dynamic_programs()
{
	local f

	find "$1" -type f -perm /111 | while IFS= read -r f; do
		! readelf -l "$f" 2>/dev/null |
			grep -q 'program interpreter' || echo "$f"
	done
}

# linux-kbuild is made for its own suite's C library.  Where this machine's is
# older its programs are run with the suite's libraries: each becomes a script
# that starts it through their dynamic linker.
wrap_kbuild()
{
	local kbuild libs=$tmp/headers/kblibs linker lib f progs old=

	kbuild=$(echo "$tmp"/headers/usr/lib/linux-kbuild-*)
	progs=$(dynamic_programs "$kbuild")
	[ -n "$progs" ] || die "no programs in linux-kbuild of $release"
	for f in $progs; do
		! ldd "$f" 2>&1 | grep -q 'not found' || old=$f
	done
	[ -n "$old" ] || return 0
	# shellcheck disable=SC2086
	set -- $progs
	linker=$(readelf -l "$1" | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
	linker=$(find "$libs" -name "${linker##*/}" | head -1)
	lib=$(find "$libs" -name libc.so.6 | head -1)
	[ -n "$linker" ] && [ -n "$lib" ] ||
		die "${old##*/} of linux-kbuild needs newer libraries than this machine's: the target's KBUILD_LIBS must name them"
	for f in $progs; do
		mv "$f" "$f.elf"
		# The kernel follows links before "..": this also holds when
		# called by way of the headers' links to linux-kbuild.
		cat > "$f" <<-END
		#!/bin/sh
		d=\${0%/*}
		exec "\$d/$(realpath --relative-to="${f%/*}" "$linker")" --argv0 "\$0" \\
			--library-path "\$d/$(realpath --relative-to="${f%/*}" "${lib%/*}")" \\
			"\$0.elf" "\$@"
		END
		chmod 755 "$f"
	done
}

# The first of the files that exists below $tmp, as it will be called in $dir.
one_of()
{
	local f

	for f; do
		if [ -e "$tmp/$f" ]; then
			echo "$dir/$f"
			return 0
		fi
	done
	die "the packages of $release have no $1"
}

write_facts()
{
	local key m=usr/lib/modules/$release

	if [ -z "$own" ]; then
		RELEASE=$release
		KERNEL=$(one_of "image/boot/vmlinuz-$release" \
			"image/boot/vmlinux-$release" "image/$m/vmlinuz" "image/$m/vmlinux")
		CONFIG=$(one_of "image/boot/config-$release" "image/$m/config")
		MODDIR=$(one_of "image/lib/modules/$release" "image/$m")
		KDIR=$dir/headers/usr/src/linux-headers-$release
	fi
	{
		echo "# Written by fetch-target; do not edit."
		echo "TARGET=$target"
		for key in $(printf '%s\n' "${!conf_keys[@]}" | sort); do
			[ -z "${!key-}" ] || echo "$key=${!key}"
		done
		[ -n "$own" ] || echo "PKGVER=$pkgver"
		echo "DIR=$dir"
		echo "SYSROOT=$dir/sysroot"
		echo "CONF_SUM=$conf_sum"
		echo "MANIFEST_SUM=$(manifest_sum)"
	} > "$tmp/target.facts"
	cp "$tmp/target.facts" "$tmp/target.mk"
}

install_target()
{
	local part

	rm -f "$facts" "$dir/target.mk"
	for part in image headers sysroot; do
		[ ! -e "$dir/$part" ] || mv "$dir/$part" "$tmp/old-$part"
		mv "$tmp/$part" "$dir/$part"
	done
	mv "$tmp/target.mk" "$dir/target.mk"
	mv "$tmp/target.facts" "$facts"
}
