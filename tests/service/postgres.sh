# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# postgres.sh - a PostgreSQL server of our own, for a test.
#
#   pg_start DIR	a new one below DIR (which must not exist), by its socket
#			only; as nobody when we are root.  Sets pg_url.
#   pg_stop DIR		fast, at once
#   pg_restart DIR	stopped at once, as by a crash, and started

pg_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)

pg_as() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=nobody --regid=nogroup --clear-groups \
			env HOME="$pg_dir" LC_ALL=C "$@"
	else
		LC_ALL=C "$@"
	fi
}

pg_up() {
	(cd "$pg_dir" && pg_as "$pg_bin/pg_ctl" -D "$pg_dir/data" -w -s \
		-l "$pg_dir/log" -o "-k $pg_dir -c listen_addresses=''" start)
}

pg_start() { # DIR
	pg_dir=$1
	mkdir -m 755 "$pg_dir" || return 1
	[ "$(id -u)" -ne 0 ] || chown nobody:nogroup "$pg_dir"
	# its whole path must be open to nobody
	(cd "$pg_dir" && pg_as "$pg_bin/initdb" -D "$pg_dir/data" -U vorw -A trust \
		-E UTF8 >"$pg_dir/../initdb.log" 2>&1) || return 1
	pg_up || return 1
	# shellcheck disable=SC2034
	pg_url="postgresql:///postgres?host=$pg_dir&user=vorw"
}

pg_stop() { # DIR
	pg_dir=$1
	[ ! -e "$pg_dir/data/postmaster.pid" ] ||
		(cd "$pg_dir" && pg_as "$pg_bin/pg_ctl" -D "$pg_dir/data" -w -s -m immediate stop)
}

pg_restart() { # DIR
	pg_stop "$1" && pg_up
}
