# shellcheck shell=bash
# Shell functions that the tools share.

# Say what went wrong and leave.
die()
{
	echo "proctorlink: $*" >&2
	exit 1
}

# Run a command quietly; when it fails, show what it said.
quietly()
{
	local log status=0

	log=$(mktemp)
	"$@" >"$log" 2>&1 </dev/null || status=$?
	if [ $status -ne 0 ]
	then
		echo "failed ($status): $*" >&2
		cat "$log" >&2
	fi
	rm -f "$log"
	return $status
}

# Print the pg_config of the server to use: the one that PG_CONFIG names, else
# the newest that Debian's packages have put in place, else the one in PATH.
find_pg_config()
{
	local bin

	if [ -n "${PG_CONFIG:-}" ]
	then
		command -v "$PG_CONFIG"
		return
	fi
	for bin in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5,5nr)
	do
		if [ -x "$bin/postgres" ] && [ -x "$bin/pg_config" ]
		then
			echo "$bin/pg_config"
			return
		fi
	done
	command -v pg_config
}

# Print the major version of the server that a pg_config belongs to.
server_major()
{
	"$1" --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/'
}

# Run a command as the user who owns throw-away servers.  A server refuses to
# run as root, so root hands over to postgres.
as_server_user()
{
	if [ "$(id -u)" -eq 0 ]
	then
		runuser -u postgres -- "$@"
	else
		"$@"
	fi
}

# Run make as from a shell, whatever make has started us.
make_clean()
{
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u MAKEOVERRIDES make "$@"
}
