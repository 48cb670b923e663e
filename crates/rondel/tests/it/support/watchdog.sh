# Makes a private PostgreSQL cluster, says `ready`, and removes it when standard input ends.
#
# Standard input is a pipe whose other end only the test process holds. The kernel closes it when that process ends, in
# whatever way it ends, so nothing is left behind even after `kill -9`.
#
# Arguments: folder with the server's programs, empty folder to work in, port on 127.0.0.1.
programs=$1
folder=$2
port=$3

remove() {
    "$programs/pg_ctl" -D "$folder/cluster" -m immediate -w -t 10 stop >>"$folder/log" 2>&1
    cd /
    rm -rf "$folder"
}
cd "$folder" 2>/dev/null || exit 1
trap remove EXIT
trap 'exit 1' HUP INT TERM

"$programs/initdb" --pgdata="$folder/cluster" --username=rondel --locale=C --encoding=UTF8 --auth=trust --no-sync \
    >"$folder/log" 2>&1 || { tail -n 3 "$folder/log"; exit 1; }

cat >>"$folder/cluster/postgresql.conf" <<SETTINGS
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = ''
max_connections = 100
shared_buffers = 32MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
SETTINGS

"$programs/pg_ctl" -D "$folder/cluster" -l "$folder/log" -w -t 60 start >>"$folder/start" 2>&1 </dev/null ||
    { tail -n 3 "$folder/log"; exit 1; }

echo ready
cat >/dev/null
