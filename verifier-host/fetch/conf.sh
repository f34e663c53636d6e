# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# conf.sh - read a target's definition; to be sourced.
#
# A definition is data, never run: KEY=VALUE lines, checked against this table
# of keys and what their values look like.  targets/arch/$ARCH.conf gives what
# targets/NAME.conf leaves out.  A kernel that the user has added (`vorw target
# add`) has its definition in $VORW_OWN_TARGETS/NAME/target.conf.

declare -A conf_keys=(
	# what it is
	[TITLE]='[A-Za-z0-9._,+-]+'
	[ARCH]='[a-z0-9]+'
	[MACHINE]='[1-9][0-9]*'
	# the kernel: Debian architecture, suites in order of preference,
	# metapackage, series
	[DEB_ARCH]='[a-z0-9]+'
	[SUITES]='[a-z0-9-]+(,[a-z0-9-]+)*'
	[IMAGE_PACKAGE]='linux-image-[a-z0-9.+-]+'
	[SERIES]='[0-9]+\.[0-9]+'
	# building its modules: libraries for the programs of linux-kbuild,
	# CONFIG_CC_HAS_* of its compiler that ours has not, CONFIG_* of
	# instructions that our assembler does not know
	[KBUILD_LIBS]='[a-z0-9.+-]+(,[a-z0-9.+-]+)*'
	[CC_LACKS]='[A-Z0-9_]+(,[A-Z0-9_]+)*'
	[AS_LACKS]='[A-Z0-9_]+(,[A-Z0-9_]+)*'
	# programs for it
	[CROSS]='[a-z0-9_-]+-'
	[CROSS_PACKAGES]='[a-z0-9.+-]+(,[a-z0-9.+-]+)*'
	[SYSROOT_SUITE]='[a-z0-9-]+'
	[SYSROOT_PACKAGES]='[a-z0-9.+-]+(,[a-z0-9.+-]+)*'
	# the emulated machine
	[QEMU]='qemu-system-[a-z0-9_]+'
	[QEMU_PACKAGES]='[a-z0-9.+-]+(,[a-z0-9.+-]+)*'
	[QEMU_MACHINE]='[a-z0-9_.,=-]+'
	[VIRTIO]='pci|mmio'
	[RAM_BASE]='0x[0-9a-f]+'
	[CPU]='[A-Za-z0-9_.,=+-]+'
	# how QEMU runs a device's several CPUs
	[TCG_THREADS]='multi|single'
	[CONSOLE]='[A-Za-z0-9]+'
	[MEM_MIB]='[1-9][0-9]{1,3}'
	# time limits are multiplied by this
	[SLOW]='[1-9][0-9]?'
	# for the verification guest's command line, words
	[GUEST_APPEND]='[A-Za-z0-9_.=-]+(,[A-Za-z0-9_.=-]+)*'
	# what watches the device: kasan, lockdep, kmemleak
	[CHECKERS]='[a-z]+(,[a-z]+)*'
	# instead of a kernel of the distribution: what builds one
	[BUILDER]='[a-z0-9/_-]+'
	[BASE]='[A-Za-z0-9._-]+'
	[SOURCE_PACKAGE]='[a-z0-9.+-]+'
	# a kernel of the user's own: files, all of them there
	[KERNEL]='/[A-Za-z0-9._/+~@-]+'
	[CONFIG]='/[A-Za-z0-9._/+~@-]+'
	[MODDIR]='/[A-Za-z0-9._/+~@-]+'
	[KDIR]='/[A-Za-z0-9._/+~@-]+'
	[SYSTEM_MAP]='/[A-Za-z0-9._/+~@-]+'
	[BTF]='/[A-Za-z0-9._/+~@-]+'
	[RELEASE]='[0-9][A-Za-z0-9._+~-]*'
	[BUILD_ID]='[0-9a-f]{40}'
	# where that is the twin of what the device runs: the latter's
	[DEVICE_BUILD_ID]='[0-9a-f]{40}'
	[DEVICE_KDIR]='/[A-Za-z0-9._/+~@-]+'
	[KERNEL_CONFIG]='[a-z0-9/._-]+(,[a-z0-9/._-]+)*'
)

conf_needed=(TITLE ARCH MACHINE QEMU QEMU_MACHINE CPU CONSOLE MEM_MIB)
conf_own_needed=(DEB_ARCH CROSS VIRTIO SYSROOT_SUITE SYSROOT_PACKAGES KERNEL
	CONFIG MODDIR KDIR RELEASE BUILD_ID)
conf_fetch_needed=(DEB_ARCH SUITES IMAGE_PACKAGE SERIES CROSS VIRTIO
	SYSROOT_SUITE SYSROOT_PACKAGES)

# Names are parts of paths: letters, digits, '.', '-', '_', not '.' first.
conf_name_ok()
{
	[[ $1 =~ ^[A-Za-z0-9_-][A-Za-z0-9._-]*$ ]] && [ ${#1} -lt 64 ]
}

# Where the user's own targets are (verifier-host/own_dir.c has the same).
conf_own_dir()
{
	local data=${XDG_DATA_HOME-}

	[ "${data:0:1}" = / ] || data=${HOME-}/.local/share
	echo "${VORW_OWN_TARGETS:-$data/vorw/targets}"
}

# The file that defines target $2; the user's own cannot hide one in $1.
conf_path()
{
	local own

	own=$(conf_own_dir)/$2/target.conf
	if [ ! -e "$1/$2.conf" ] && [ -e "$own" ]; then
		echo "$own"
	else
		echo "$1/$2.conf"
	fi
}

# A link is another name; prints the real one.
conf_real_name()
{
	if [ -e "$1/$2.conf" ]; then
		basename "$(readlink -f "$1/$2.conf")" .conf
	else
		echo "$2"
	fi
}

# conf_file FILE ARRAY: add FILE's keys to the associative array.
conf_file()
{
	local file=$1 line key value n=0 short=${1#"${conf_root-}"/}
	local -n into=$2
	local -A seen=()

	[ -r "$file" ] || { conf_error="there is no $short"; return 1; }
	while IFS= read -r line || [ -n "$line" ]; do
		n=$((n + 1))
		case $line in '#'*|'') continue ;; esac
		key=${line%%=*}
		value=${line#*=}
		conf_error="$short:$n: "
		if [[ $line != *=* || ! $key =~ ^[A-Z_]+$ ]]; then
			conf_error+="not KEY=VALUE: '$line'"
		elif [ -z "${conf_keys[$key]-}" ]; then
			conf_error+="there is no key $key"
		elif [ -n "${seen[$key]-}" ]; then
			conf_error+="$key is set a second time"
		elif [[ ! $value =~ ^(${conf_keys[$key]})$ ]]; then
			conf_error+="$key cannot be '$value'"
		else
			seen[$key]=1
			into[$key]=$value
			continue
		fi
		return 1
	done < "$file"
	conf_error=
}

# conf_read DIR NAME: set a shell variable for each key, empty where target
# NAME does not set it; false and $conf_error if it cannot be used.
conf_read()
{
	local dir=$1 name=$2 key file
	local -A own=() all=()
	local -a needed=("${conf_needed[@]}")

	conf_root=$dir
	conf_error="not a target name: '$name'"
	conf_name_ok "$name" || return 1
	file=$(conf_path "$dir" "$name")
	[ -e "$file" ] ||
		{ conf_error="no target '$name' (there is no $name.conf)"; return 1; }
	conf_file "$file" own || return 1
	conf_error="$name.conf: ARCH is missing"
	[ -n "${own[ARCH]-}" ] || return 1
	conf_file "$dir/arch/${own[ARCH]}.conf" all || return 1
	conf_file "$file" all || return 1
	if [ -n "${all[KERNEL]-}" ]; then
		needed+=("${conf_own_needed[@]}")
	elif [ -z "${all[BUILDER]-}" ]; then
		needed+=("${conf_fetch_needed[@]}")
	fi
	for key in "${needed[@]}"; do
		conf_error="$name.conf: $key is missing"
		[ -n "${all[$key]-}" ] || return 1
	done
	for key in "${!conf_keys[@]}"; do
		printf -v "$key" %s "${all[$key]-}"
	done
	conf_error=
}
