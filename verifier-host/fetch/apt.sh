# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# apt.sh - a private apt state, to be sourced by fetch-target.
#
# The machine's own mirrors and keys are used; its package lists, database and
# architectures are neither read nor changed.  A suite that the machine does
# not use is looked for where its own suites come from.

# apt_setup DIR LISTS ARCH...: state in DIR, package lists kept in LISTS.
apt_setup()
{
	apt_dir=$1
	apt_lists=$2
	shift 2
	apt_archs=("$@")
	mkdir -p "$apt_lists/partial" "$apt_dir/cache/archives/partial"
	: > "$apt_dir/status"
	: > "$apt_dir/sources.list"
	# Translations are not needed; the sandbox user could not write here;
	# container images switch the package caches off, which makes each
	# look-up parse everything again.
	{
		echo "APT::Architecture \"$1\";"
		echo "#clear APT::Architectures;"
		printf 'APT::Architectures { "%s"; };\n' "$@"
		cat <<-END
		APT::Sandbox::User "root";
		APT::Get::List-Cleanup "false";
		Dir::Etc::sourcelist "$apt_dir/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::State "$apt_dir";
		Dir::State::Lists "$apt_lists";
		Dir::State::status "$apt_dir/status";
		Dir::Cache "$apt_dir/cache";
		Dir::Cache::pkgcache "pkgcache.bin";
		Dir::Cache::srcpkgcache "srcpkgcache.bin";
		Acquire::Languages "none";
		Acquire::Retries "3";
		END
	} > "$apt_dir/apt.conf"
}

# Descriptors 7 to 9 are locks.
apt()
{
	local cmd=$1

	shift
	"$cmd" -q -q -c "$apt_dir/apt.conf" "$@" 7>&- 8>&- 9>&-
}

# Where suite $1 may be, going by the machine's own sources: itself, a security
# suite beside another one, anything else beside the machine's release.  Not
# all need be Debian's: its key tells.
apt_repos()
{
	local own

	# shellcheck disable=SC1091
	own=$(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME-}")
	apt-get update --print-uris 2>/dev/null |
	sed -n "s#^'\(.*\)/dists/\([^/]*\)/InRelease'.*#\1 \2#p" |
	awk -v want="$1" -v own="$own" '
		$2 == want		{ exact[++nexact] = $1 }
		want ~ /-security$/	{ if ($2 ~ /-security$/) beside[++n] = $1; next }
		$2 == own || $2 ~ /^(old)*stable$/ { beside[++n] = $1 }
		END {
			for (i = 1; i <= nexact; i++) print exact[i]
			for (i = 1; !nexact && i <= n; i++) print beside[i]
		}'
}

# Read the index of suite $1 at $2 into the private lists.
apt_update_one()
{
	local try log=$apt_dir/update.one

	echo "deb [arch=$(IFS=,; echo "${apt_archs[*]}")$apt_key] $2 $1 main" \
		> "$apt_dir/one.list"
	for try in 1 2 3; do
		# without --error-on an unreachable mirror is only a warning
		if apt apt-get update --error-on=any \
				-o Dir::Etc::sourcelist="$apt_dir/one.list" \
				>"$log" 2>&1; then
			cat "$apt_dir/one.list" >> "$apt_dir/sources.list"
			return 0
		fi
		# Waiting helps only where nobody answered
		grep -q 'onnect\|timed out\|resolv' "$log" || break
		sleep $((try * 2))
	done
	cat "$log" >> "$apt_dir/update.log"
	return 1
}

# apt_update SUITE...: read the indexes, suite by suite, so that one that the
# mirror has half renewed (that lasts hours) costs only itself.  False if none
# of them could be read; $apt_missing names those that could not.
apt_update()
{
	local suite repo ok repos
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg

	apt_key=
	[ ! -r $keyring ] || apt_key=" signed-by=$keyring"
	apt_missing=()
	: > "$apt_dir/update.log"
	for suite; do
		ok=false
		repos=$(apt_repos "$suite")
		for repo in $repos; do
			! apt_update_one "$suite" "$repo" || ok=true
		done
		$ok || apt_missing+=("$suite${repos:+ (not readable)}")
	done
	rm -f "$apt_dir"/cache/*.bin
	[ -s "$apt_dir/sources.list" ]
}

# Versions of package $1 (with :ARCH) in suite $2, the newest first.
apt_versions()
{
	apt apt-cache madison "$1" 2>/dev/null | awk -F' *[|] *' -v s="$2" '
		{ split($3, f, " "); split(f[2], in_suite, "/"); v = $2
		  gsub(/ /, "", v) }
		in_suite[1] == s && !seen[v]++ { print v }'
}

# Field $2 of package $1 (name:arch=version).  A look-up takes apt most of a
# second: what it said is kept.
apt_field()
{
	local kept=$apt_dir/show/${1//\//_}

	if [ ! -e "$kept" ]; then
		mkdir -p "$apt_dir/show"
		apt apt-cache show --no-all-versions "$1" > "$kept" 2>/dev/null ||
			: > "$kept"
	fi
	sed -n "s/^$2: //p" "$kept" | head -1
}
