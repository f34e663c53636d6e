# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# lib.sh - what the suites that use the emulated device share; to be sourced.
#
# A suite calls start, then make_blobs, ok/not_ok, on_device, and in the end
# finish.  Results of the device's programs are printed again, numbered through
# and prefixed; a device that says less than it planned, or does not end as it
# should, is a failure of its own.

start()
{
	set -u
	cd "$(dirname "$0")/../.." || exit 2
	top=$PWD
	B=${B:-build}
	case $B in /*) ;; *) B=$top/$B ;; esac
	target=${T:-armv7}
	suite=$(basename "$0")
	blobs=$B/tests/blobs-$target
	key=$B/keys/dev.key.pem
	cert=$B/keys/dev.cert.pem
	E=$B/$target/examples
	slow=$(fact SLOW)
	slow=${slow:-1}
	checkers=$(fact CHECKERS)
	mkdir -p "$blobs" || exit 2
	work=$(mktemp -d) || exit 2
	trap 'rm -rf "$work"' EXIT
	count=0
	failed=0
	# shellcheck source=tests/device/kernel.sh
	. "$top/tests/device/kernel.sh"
}

# fact KEY: of the target, "" for none.
fact() { sed -n "s/^$1=//p" "$B/$target/target.facts"; }

ok() { count=$((count + 1)); echo "ok $count - ${suite#*-}: $1"; }
not_ok()
{
	count=$((count + 1)); failed=$((failed + 1))
	echo "not ok $count - ${suite#*-}: $1"
}
skip() { count=$((count + 1)); echo "ok $count - ${suite#*-}: $1 # SKIP $2"; }

finish()
{
	echo "1..$count"
	[ "$failed" -eq 0 ]
	exit
}

# object NAME: where an example or an object of tests/progs is.
object()
{
	if [ -e "$E/$1.o" ]; then echo "$E/$1.o"; else echo "$B/tests/progs/$1.o"; fi
}

# other_facts KEY=VALUE...: prints a folder for VORW_TARGETS in which the target
# has these facts and not its own.
other_facts()
{
	local root=$work/other-$RANDOM f kv

	mkdir -p "$root/$target"
	for f in "$B/$target"/*; do
		ln -s "$f" "$root/$target/"
	done
	rm "$root/$target/target.facts"
	cp "$B/$target/target.facts" "$root/$target/target.facts"
	for kv; do
		sed -i "s|^${kv%%=*}=.*|$kv|" "$root/$target/target.facts"
	done
	echo "$root"
}

# make_blobs OBJECT...: verify each that is newer than its blob, two at a
# time.  A virtual machine that failed said nothing of the object: once more.
# Afterwards $blobs/NAME.{blob,log,status}.
make_blobs()
{
	local o name list=()

	for o; do
		name=$(basename "$o" .o)
		if [ ! -e "$blobs/$name.status" ] ||
		   [ "$o" -nt "$blobs/$name.status" ] ||
		   [ "$B/vorw" -nt "$blobs/$name.status" ] ||
		   [ "$B/$target/guest/initramfs.cpio" -nt "$blobs/$name.status" ] ||
		   [ "$cert" -nt "$blobs/$name.status" ] ||
		   grep -qs '\[vm-failed\]$' "$blobs/$name.log"; then
			list+=("$o")
		fi
	done
	[ ${#list[@]} -eq 0 ] && return
	export B target blobs
	printf '%s\0' "${list[@]}" | xargs -0 -P 2 -n 1 bash -c '
		name=$(basename "$0" .o)
		rm -f "$blobs/$name".*
		"$B/vorw" verify "$0" --target "$target" \
			-o "$blobs/$name.blob" > "$blobs/$name.log" 2>&1
		echo $? > "$blobs/$name.status"'
}

# on_device NAME [qemu/device options] -- COMMAND...: the command prints TAP.
# --timeout is in seconds of a stock kernel.  $DEVICE is what boots another device
# than the target's own kernel, and is used like qemu/device.
on_device()
{
	local name=$1 opts=() rc plan got line case=

	shift
	while [ "$1" != -- ]; do
		opts+=("$1")
		if [ "$1" = --timeout ]; then
			opts+=($(($2 * slow)))
			shift
		fi
		shift
	done
	shift
	# The command's stderr explains its results: one stream.
	(cd "$work" && "${DEVICE:-$top/qemu/device}" "$target" "${opts[@]}" -- \
		sh -c 'exec "$@" 2>&1' sh "$@") > "$work/tap" 2> "$work/err"
	rc=$?
	plan=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$work/tap" | head -n 1)
	got=0
	while IFS= read -r line; do
		case $line in
		"ok "*"# SKIP"*)
			got=$((got + 1))
			skip "${case:-$name}" "${line#*# SKIP}" ;;
		"ok "*)
			got=$((got + 1))
			line=${line#ok }; ok "${line#* }" ;;
		"not ok "*)
			got=$((got + 1))
			line=${line#not ok }; not_ok "${line#* }" ;;
		"#  RUN "*)
			# a result that is skipped does not say of what
			read -r _ _ case _ <<< "$line" ;;
		"#            OK "*|1..*|"TAP version"*) ;;
		*)	echo "# ${line#\# }" ;;
		esac
	done < "$work/tap"
	sed 's/^/# /' "$work/err"
	if [ -z "$plan" ] || [ "$plan" -ne "$got" ]; then
		not_ok "$name: device planned ${plan:-nothing}, gave $got results"
	else
		ok "$name: all results arrived"
	fi
	# 1 is a failed test, which is counted above.
	case $rc in
	0|1)	ok "$name: device ended well" ;;
	*)	not_ok "$name: device ended with status $rc" ;;
	esac
	if [ -n "$checkers" ]; then
		if grep -qF "device: $checkers were at work" "$work/err"; then
			ok "$name: $checkers were at work and found nothing"
		else
			not_ok "$name: $checkers were at work and found nothing"
		fi
	fi
}
