#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# cli.sh - the device program `vorw` from outside: usage, exit status, reasons,
# pins, attachments; what a refusal leaves behind.  Runs on the device, prints
# TAP.  Blobs lie in the current directory; JSON answers go to json.out, one
# document a line, for a parser that is not ours.  In the environment: SOCK_FORM,
# the form of sock.blob; ENTRY_PROBES, empty where the kernel lets no kprobe be
# on a function's first instruction.

n=0
PATH=$PATH:$PWD

ok() { n=$((n + 1)); echo "ok $n $1"; }
not_ok() { n=$((n + 1)); echo "not ok $n $1"; }
check() { if [ "$1" = 0 ]; then ok "$2"; else not_ok "$2"; fi; }

: > json.out

# Everything that a load could leave, as others see it.
state()
{
	find /sys/fs/bpf 2>/dev/null
	bpftool prog show
	bpftool map show
	bpftool link show
	bpftool net show
	tc qdisc show
}

# The kernel drops maps a while after their programs (tests/device/vt_census.c);
# what stays, stays for ever.
eventually()
{
	local i=0

	until "$@"; do
		i=$((i + 1))
		[ $i -lt 200 ] || return 1
		usleep 200000
	done
}

# back FILE: is the state that of FILE again?
same_state() { state > after; cmp -s "$1" after; }
back() { eventually same_state "$1"; }

# run NAME STATUS PATTERN COMMAND...: exit status, something in the output
# (pattern -: no output, empty: any), no line of text beyond 80 columns.
run()
{
	local name=$1 want=$2 pattern=$3 rc why=

	shift 3
	[ $want != 0 ] || same=
	"$@" > out 2> err < /dev/null
	rc=$?
	[ $rc = "$want" ] || why="$why, status $rc, not $want"
	if [ "$pattern" = - ]; then
		[ -z "$(cat out err)" ] || why="$why, not silent"
	elif [ -n "$pattern" ]; then
		cat out err | grep -qE -- "$pattern" ||
			why="$why, no '$pattern'"
	fi
	case " $* " in
	*" --json "*)
		cat out >> json.out ;;
	*)
		! grep -qE '.{81}' out || why="$why, a line too long" ;;
	esac
	[ $rc = 0 ] || [ -s err ] || why="$why, failed without a word"
	[ $rc != 0 ] || ! [ -s err ] || why="$why, words on stderr"
	if [ -z "$why" ]; then
		ok "$name"
	else
		not_ok "$name"
		echo "# $* ${why#,}"
		sed 's/^/#   /' out err
	fi
}

# The same, and nothing has changed afterwards.
refuse()
{
	# a refusal that left nothing behind needs no new look
	[ -n "$same" ] || state > before
	run "$@"
	same=
	if back before; then
		ok "$1: leaves nothing"
		same=1
	else
		not_ok "$1: leaves nothing"
		diff before after | sed 's/^/#   /'
	fi
}
same=

USER="usage: vorw"
# usage: status 2, and the usage text
run "no command"		2 "$USER"	vorw
run "unknown command"		2 "no command"	vorw frob
run "help"			0 "^$USER"	vorw --help
run "help as a word"		0 "^$USER"	vorw help
run "version"			0 "^vorw [0-9]"	vorw --version
for c in load list show unload info; do
	run "$c --help"		0 "^$USER $c"	vorw $c --help
	run "$c: unknown option" 2 "$USER $c"	vorw $c --frob
done
run "load without blob"		2 "$USER load"	vorw load
run "load with two blobs"	2 "$USER load"	vorw load a b
run "load: --name at the end"	2 "$USER load"	vorw load a --name
run "show without name"		2 "$USER show"	vorw show
run "list with a name"		2 "$USER list"	vorw list x
for bad in "" . .. a/b a.b ../x "a b" -x \
	   a123456789b123456789c123456789d123456789e123456789f123456789g123; do
	run "unload '$bad'"	2 "not a name"	vorw unload -- "$bad"
	run "load --name '$bad'" 2 "not a name"	vorw load x.blob --name "$bad"
done

# files that are no blobs: whatever they are, one word for it
refuse "no such file"		1 "io-error"	vorw load nosuch
refuse "a directory"		1 "io-error"	vorw load /etc
refuse "a device"		1 "io-error"	vorw load /dev/zero
refuse "an empty file"		1 "truncated"	vorw load empty.junk
refuse "one byte"		1 "truncated"	vorw load byte.junk
refuse "text"			1 "bad-magic"	vorw load text.junk
refuse "a file too large"	1 "limit-exceeded" vorw load huge.junk
refuse "unsigned"		1 "carries no signature: .*\\[unsigned" \
						vorw load unsigned.junk
refuse "cut in the middle"	1 "truncated"	vorw load cut.junk
refuse "one bit flipped"	1 \
	"^vorw: flip.junk: signature does not match the blob: .*\\[bad-signature\\]" \
						vorw load flip.junk
refuse "another signer"		1 \
	"1 trusted; whose it is: .vorw check. on a host \\[unknown-signer" \
						vorw load stranger.junk
refuse "refused, as JSON"	1 \
	"\"reason\": \"bad-magic\", .*: not a vorw blob: " \
						vorw load text.junk --json

# not loaded
run "list of nothing"		0 -		vorw list --pin /sys/fs/bpf
run "list of nothing, JSON"	0 "loaded"	vorw list --json
run "show unknown"		1 "not-loaded"	vorw show nosuch
run "unload unknown"		1 "not-loaded"	vorw unload nosuch
run "unload unknown, JSON"	1 "not-loaded"	vorw unload nosuch --json

# what is missing on the device
rmmod vorw
refuse "no module"		1 "module-not-loaded" vorw load xdp.blob
run "info without module"	1 "module-not-loaded" vorw info --json
modprobe vorw; same=
umount /sys/fs/bpf
run "no bpffs"			1 "no-bpffs.*|mount -t bpf" vorw load xdp.blob
run "list without bpffs"	1 "no-bpffs"	vorw list
run "no bpffs, JSON"		1 "no-bpffs"	vorw load xdp.blob --json
mount -t bpf bpf /sys/fs/bpf; same=
refuse "a pin directory elsewhere" 1 "no-bpffs"	vorw load xdp.blob --pin /tmp
refuse "a pin directory in none" 1 "a/b: No such file or directory" \
				vorw load xdp.blob --pin /sys/fs/bpf/a/b
refuse "other user"		1 "privilege-missing" \
				su -s /bin/sh nobody -c "vorw load xdp.blob"
refuse "root without capabilities" 1 "privilege-missing" \
				unshare -U -r vorw load xdp.blob
run "info"			0 "seam +kprobe" vorw info
run "info, JSON"		0 "build_id"	vorw info --json

# load, look, unload
state > fresh
run "load"			0 "xdp_deny.* native" vorw load xdp.blob
P=/sys/fs/bpf/vorw/xdp
[ -e $P/progs/xdp_deny -a -e $P/maps/denied -a -e $P/maps/verdicts ]
check $? "pins are where they should be"
refuse "name taken"		1 "--name.*name-taken" vorw load xdp.blob
refuse "name taken, JSON"	1 "name-taken"	vorw load xdp.blob --json
run "another name"		0 "^x2"		vorw load xdp.blob --name x2
run "list has both"		0 "^x2$"	vorw list
run "list, JSON"		0 "\"name\": \"x2\"" vorw list --json
run "list, other user"		1 "privilege-missing" \
				su -s /bin/sh nobody -c "vorw list"
run "show"			0 "map denied"	vorw show xdp
run "show, JSON"		0 "\"form\": \"native\"" vorw show xdp --json
id=$(sed -n 's/.*"id": \([0-9]*\), "type": "xdp".*/\1/p' out)
tag=$(sed -n 's/.*"tag": "\([0-9a-f]*\)".*/\1/p' out)
bpftool prog show id "$id" | grep -q "xdp .*name xdp_deny .*tag $tag"
check $? "bpftool sees the same id, name and tag"
run "unload"			0 -		vorw unload x2
run "unload, JSON"		0 "still_in_use\": \[\]" vorw unload xdp --json
back fresh
check $? "nothing is left after unload"
case $SOCK_FORM in
bytecode) why="why bytecode: ." ;;
*)	  why="sockcount.* native" ;;
esac
run "form, and why bytecode"	0 "$why" vorw load sock.blob --name bc
run "both in list"		0 "$why" vorw list
vorw unload bc; same=

# attaching
if [ "$ENTRY_PROBES" ]; then
	at='' kprobes=--attach kprobe_kind=kretprobe
else
	# right behind ftrace's instructions
	at=+8 kprobes="--attach open_enter=do_sys_openat2+8" kprobe_kind=kprobe
fi
ip link add type veth; ip link set veth0 up; ip link set veth1 up
mkdir /sys/fs/cgroup/g; same=
state > fresh
run "what needs a target is said" 0 "attach xdp_deny=IFACE" \
				vorw load xdp.blob --attach
run "not attached, JSON"	0 \
'"not_attached": \[\{"name": "tc_mark", "kind": "tc", "target": "", "syntax": "IFACE' \
				vorw load tc.blob --attach --json
run "socket filter is said"	0 "SO_ATTACH_BPF" vorw load sock.blob --attach
for i in xdp tc sock; do vorw unload $i; done
run "loaded, not attached"	0 "--attach tc_mark=IFACE" vorw load tc.blob
run "socket filter without --attach" 0 "SO_ATTACH_BPF" vorw load sock.blob
run "a target in the section"	0 "--attach \(kprobe do_sys_openat2\)" \
				vorw load kprobe.blob
grep -q "^to attach: unload kprobe, then" out
check $? "how to attach what is loaded"
vorw unload kprobe
run "a target in the section, JSON" 0 '"kind": "kprobe", "target": "do_sys_op' \
				vorw load kprobe.blob --json
run "a socket filter, JSON"	0 '"kind": "socket", .*"why": "a filter' \
				vorw load sock.blob --name s2 --json
vorw unload kprobe
run "one of two is attached"	0 "^not attached: open_return" \
		vorw load kprobe.blob --attach open_enter=do_sys_openat2$at
! grep -q "^not attached: open_enter" out
check $? "and what is attached is not named"
vorw unload kprobe
if [ "$ENTRY_PROBES" ]; then
	run "all are attached"	0 "kprobe do_sys" vorw load kprobe.blob --attach
else
	refuse "no probe there" 1 "open_enter to do_sys_openat2: .*attach-failed" \
				vorw load kprobe.blob --attach
	run "all are attached"	0 "tracepoint sched" \
				vorw load tp.blob --name kprobe --attach
fi
! grep -q "attach:" out
check $? "then nothing is said"
run "a tail call's target is said" 0 "reached by tail call" vorw load tail.blob
[ "$(grep -c "reached by tail call" out)" = 3 ] &&
	[ "$(grep -c SO_ATTACH_BPF out)" = 2 ]
check $? "of those in a program array, and of no other"
run "tail calls, JSON"		0 '"why": "reached by tail call"' \
				vorw load tail.blob --name t2 --json
for i in kprobe tc sock s2 tail t2; do vorw unload $i; done; same=
back fresh
check $? "those are unloaded"
refuse "unknown program"	2 "no such program" \
				vorw load xdp.blob --attach nosuch=lo
refuse "socket filter to something" 2 "SO_ATTACH_BPF" \
				vorw load sock.blob --attach sockcount=lo
refuse "XDP mode misspelt"	2 "\[:native" \
				vorw load xdp.blob --attach xdp_deny=lo:natve
refuse "XDP mode empty"		2 "\[:native" \
				vorw load xdp.blob --attach xdp_deny=lo:
refuse "interface with a colon"	2 "\[:native" \
				vorw load xdp.blob --attach xdp_deny=lo:1:native
refuse "tc direction misspelt"	2 "\[:ingress" \
				vorw load tc.blob --attach tc_mark=lo:egres
refuse "unknown interface"	1 "attach-failed" \
				vorw load xdp.blob --attach xdp_deny=nosuch
refuse "second of two fails"	1 "attach-failed" vorw load xdp.blob \
			--attach xdp_deny=veth0 --attach xdp_deny=nosuch
refuse "tc: second of two fails" 1 "attach-failed" vorw load tc.blob \
			--attach tc_mark=veth0 --attach tc_mark=nosuch
refuse "unknown function"	1 "no such function.*attach-failed" \
			vorw load kprobe.blob --attach --attach open_enter=nosuch
refuse "tracepoint outside tracefs" 1 "attach-failed" \
			vorw load tp.blob --attach tp_exec=../x/y
refuse "not a cgroup"		1 "not a cgroup v2 directory: .*attach-failed" \
			vorw load cgroup.blob --attach count_ingress=/tmp
refuse "no such event"		2 "EVENT" \
			vorw load perf.blob --attach perf_stacks=nosuch
refuse "event without rate"	2 "EVENT" \
			vorw load perf.blob --attach perf_stacks=cpu-clock:0

run "XDP"			0 "xdp veth0" \
	vorw load xdp.blob --attach xdp_deny=veth0 --attach xdp_deny=lo:generic
bpftool net show | grep -q "^veth0.* driver" &&
	bpftool net show | grep -q "^lo.* generic"
check $? "bpftool sees XDP, driver and generic"
refuse "interface is taken"	1 "another XDP program.*attach-failed" \
	vorw load xdp.blob --name x2 --attach xdp_deny=veth0
run "tc both ways"		0 "tc veth0" vorw load tc.blob \
	--attach tc_mark=veth0 --attach tc_mark=veth0:egress
run "tc of another load"	0 "tc veth0"  vorw load tc.blob --name tc2 \
	--attach tc_mark=veth0
[ "$(bpftool net show | grep -c '^veth0.* clsact/')" = 3 ]
check $? "bpftool sees three filters"
run "cgroup"			0 "cgroup /sys/fs/cgroup/g" \
	vorw load cgroup.blob --attach count_ingress=/sys/fs/cgroup/g \
	--attach count_egress=/sys/fs/cgroup/g
bpftool cgroup show /sys/fs/cgroup/g | grep -q cgroup_inet_egress
check $? "bpftool sees the cgroup's programs"
run "kprobe, kretprobe"		0 "$kprobe_kind do_sys" \
	vorw load kprobe.blob $kprobes
run "kprobe elsewhere too"	0 "kprobe vfs_read" vorw load kprobe.blob \
	--name k2 --attach open_enter=vfs_read${at:-+0} \
	--attach open_enter=vfs_write$at
run "tracepoint"		0 "tracepoint sched" vorw load tp.blob --attach
run "raw tracepoint"		0 "raw_tracepoint" vorw load rawtp.blob --attach
run "perf event"		0 "cpu-clock:99" \
	vorw load perf.blob --attach perf_stacks=cpu-clock:99
run "perf event by period"	0 "page-fault" vorw load perf.blob \
	--name p2 --attach perf_stacks=page-faults:period=10
run "list with targets, JSON"	0 "cpu-clock" vorw list --json
run "show with targets"		0 "attached: perf_event cpu-clock:99, link" \
	vorw show perf

# the module is not needed any more
rmmod vorw
check $? "the module can go"
run "list without module"	0 "cpu-clock" vorw list
modprobe vorw; same=

# targets that go away
rmdir /sys/fs/cgroup/g
run "interface that is gone"	0 "xdp veth0" vorw show xdp
run "unload tc2"		0 -	vorw unload tc2
[ "$(bpftool net show | grep -c '^veth0.* clsact/')" = 2 ]
check $? "the other load's filters stay"

# a filter in our place that is not ours: the record names another program
mkdir -p /sys/fs/bpf/fake/f/info
ln -s "$(readlink /sys/fs/bpf/vorw/tc/info/tc_1 |
	sed 's/prog_id=[0-9]*/prog_id=4000000/')" /sys/fs/bpf/fake/f/info/tc_1
run "a filter replaced by somebody" 0 "\(gone\)|^f" \
	vorw list --pin /sys/fs/bpf/fake
run "unload beside it"		0 - vorw unload f --pin /sys/fs/bpf/fake
[ "$(bpftool net show | grep -c '^veth0.* clsact/')" = 2 ]
check $? "what is not ours is not removed"
rmdir /sys/fs/bpf/fake

# somebody else's clsact: another root counts as somebody else
run "load under another root"	0 "tc veth1" vorw load tc.blob \
	--pin /sys/fs/bpf/other --attach tc_mark=veth1
run "a load beside it"		0 "tc veth1" vorw load tc.blob --name tc3 \
	--attach tc_mark=veth1
vorw unload tc3
tc qdisc show dev veth1 | grep -q clsact
check $? "somebody else's clsact stays"
vorw unload tc --pin /sys/fs/bpf/other
! tc qdisc show dev veth1 | grep -q clsact
check $? "our own clsact goes"
rmdir /sys/fs/bpf/other

# half gone
rm /sys/fs/bpf/vorw/kprobe/links/open_enter
rm /sys/fs/bpf/vorw/k2/progs/*
rm -r /sys/fs/bpf/vorw/p2/links
rm -r /sys/fs/bpf/vorw/perf/info
rm -r /sys/fs/bpf/vorw/tp/*
rm -r /sys/fs/bpf/vorw/rawtp/progs
run "list of one whose programs are gone" 0 "^  incomplete: " vorw list
run "attached, its pin taken away" 0 "^  incomplete: " vorw show k2
run "the same, JSON"		0 "\"complete\": false" vorw show k2 --json
run "list of what is half gone"	0 "\"complete\": false" \
				vorw list --json
for i in kprobe k2 p2 perf tp; do
	run "unload $i, half gone" 0 - vorw unload $i
done
mkdir /sys/fs/bpf/vorw/foreign /sys/fs/bpf/vorw/foreign/things
run "somebody else's directory"	1 "is not vorw's: things .*not-loaded" \
				vorw unload foreign
[ -d /sys/fs/bpf/vorw/foreign/things ]
check $? "it is still there"
rm -r /sys/fs/bpf/vorw/foreign
ip link del veth0
for i in xdp tc cgroup rawtp; do
	run "unload $i, its target may be gone" 0 - vorw unload $i
done
ip link add type veth; ip link set veth0 up; ip link set veth1 up
empty()
{
	[ "$(find /sys/fs/bpf | wc -l)" = 1 ] &&
		[ -z "$(bpftool prog show)$(bpftool map show)" ] &&
		[ -z "$(bpftool link show)" ]
}
eventually empty
check $? "nothing is left"

# two loaders, one name: one wins, the other says so, nothing is left
bad=0
for i in 1 2 3 4 5 6 7 8; do
	vorw load xdp.blob > out1 2> err1 & a=$!
	vorw load xdp.blob > out2 2> err2 & b=$!
	wait $a; ra=$?
	wait $b; rb=$?
	[ $((ra + rb)) = 1 ] || bad=1
	grep -q "name-taken" err1 err2 || bad=1
	vorw unload xdp || bad=1
done
check $bad "racing loads of one name"

# signals: all or nothing
for sig in TERM INT; do
	bad=0
	for us in 1000 4000 8000 12000 16000 20000 25000 30000 40000 60000; do
		vorw load kprobe.blob $kprobes > /dev/null 2>&1 & a=$!
		usleep $us
		kill -$sig $a 2>/dev/null
		wait $a 2>/dev/null
		if [ -d /sys/fs/bpf/vorw/kprobe ]; then
			[ -L /sys/fs/bpf/vorw/kprobe/info/load ] || bad=1
			vorw unload kprobe || bad=1
		fi
	done
	check $bad "SIG$sig during a load: all or nothing"
done
bad=0
for us in 1000 4000 8000 12000 16000 20000 25000 30000 40000 60000; do
	vorw load tc.blob --attach tc_mark=veth0 > /dev/null 2>&1 & a=$!
	usleep $us
	kill -KILL $a 2>/dev/null
	wait $a 2>/dev/null
	[ ! -d /sys/fs/bpf/vorw/tc ] || vorw unload tc || bad=1
done
check $bad "SIGKILL during a load: unload cleans up"
rmdir /sys/fs/bpf/vorw 2>/dev/null
# a clsact without a record of it may stay, nothing else
nothing_ours()
{
	! state | grep "^[0-9]*: cgroup\|^[0-9]*: .*name\|^veth0.*id" > left
}
eventually nothing_ours
check $? "nothing of it is left"
sed 's/^/#   /' left

# the lock between load and unload: every answer that flock() can give
refuse "flock: out of memory"	1 "out-of-memory" \
				failing flock 0 ENOMEM vorw load xdp.blob
refuse "flock: interrupted"	1 "Interrupted.*io-error" \
				failing flock 0 EINTR vorw load xdp.blob
run "flock: taken"		1 "another process.*name-taken" \
				failing flock 0 EWOULDBLOCK vorw load xdp.blob
run "unload of what it left"	0 - vorw unload xdp
run "a kernel without file locks" 0 "xdp_deny.* native" \
				failing flock 0 ENOSYS vorw load xdp.blob
run "name taken there"		1 "there already.*name-taken" \
				vorw load xdp.blob
run "flock: out of memory, unload" 1 "out-of-memory" \
				failing flock 0 ENOMEM vorw unload xdp
run "unload there"		0 - failing flock 0 ENOSYS vorw unload xdp

# each system call of a load fails in turn: said as what it is, nothing stays
fails()
{
	local name=$1 call=$2 nr=0 bad= rc

	shift 2
	while :; do
		nr=$((nr + 1))
		failing $call $nr ENOMEM vorw load $name.blob "$@" > out 2>&1
		rc=$?
		[ $rc -le 1 ] || break
		if [ $rc = 0 ]; then	# one that only the answer needs
			vorw unload $name || bad="$bad $nr:unload"
		elif ! grep -qE "out-of-memory|emory.*attach-failed" out; then
			bad="$bad $nr:$(cat out)"
		fi
		! [ -e /sys/fs/bpf/vorw ] || bad="$bad $nr:left"
	done
	[ $rc = 99 ] || bad="$bad $nr:status $rc"
	vorw unload $name
	[ -z "$bad" ] && [ $nr -gt 1 ]
	check $? "$name: each $call() fails ($((nr - 1)))"
	[ -z "$bad" ] || echo "#   $bad"
}
state > fresh
for call in open mkdir flock statx ioctl bpf symlink socket sendto; do
	fails tc $call --attach tc_mark=veth0
done
for call in read perf_event_open bpf symlink; do
	fails kprobe $call $kprobes
done
# beside somebody else's clsact there is more to ask
vorw load tc.blob --pin /sys/fs/bpf/other --attach tc_mark=veth0 > out
for call in socket sendto; do
	fails tc $call --attach tc_mark=veth0
done
vorw unload tc --pin /sys/fs/bpf/other
rmdir /sys/fs/bpf/other
back fresh
check $? "nothing is left of these"
diff fresh after | sed 's/^/#   /'

# and of an unload: what stays, another one removes
for call in open unlink rmdir bpf socket sendto getdents; do
	bad=
	nr=0
	rc=0
	while [ $rc -le 1 ]; do
		nr=$((nr + 1))
		vorw load tc.blob --attach tc_mark=veth0 > out
		failing $call $nr EIO vorw unload tc 2> err
		rc=$?
		[ $rc = 0 ] || [ -s err ] || [ $rc = 99 ] || bad="$bad $nr:mute"
		! [ -e /sys/fs/bpf/vorw/tc ] || vorw unload tc || bad="$bad $nr"
	done
	[ $rc = 99 ] || bad="$bad $nr:status $rc"
	[ -z "$bad" ] && [ $nr -gt 1 ]
	check $? "each $call() of an unload fails ($((nr - 1)))"
	[ -z "$bad" ] || echo "#   $bad"
done
back fresh
check $? "nothing is left of those"
diff fresh after | sed 's/^/#   /'

# the examples of the manual page
ip link add eth0 type dummy; ip link set eth0 up
while read -r line; do
	run "example: $line" 0 "" $line
done < examples.txt

# an answer that nobody can read is a failure
vorw list --json > /dev/full 2> err
[ $? = 1 ] && grep -q "standard output" err
check $? "standard output full"

echo "1..$n"
