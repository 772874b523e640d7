#!/bin/sh
# Makes what compose.yaml keeps out of itself: passwords and keys, each in a file that the user of
# its container alone can read. As root; it never touches a folder that is there already.
#
# Usage: sh deploy/prepare.sh [FOLDER]     (secrets, beside this file)
set -eu
umask 077
folder=${1:-$(dirname "$0")/secrets}
# Of the images: ours and Orthanc's, PostgreSQL's.
nobody=65534 postgres=999

random() { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
keep() { # NAME OWNER: what comes in, of mode 600
    cat >"$folder/$1"
    chown "$2:$2" "$folder/$1"
}

if [ "$(id -u)" != 0 ]; then
    echo "prepare.sh: run it as root: it makes files of other users" >&2
    exit 1
fi
mkdir "$folder"

database=$(random)
echo "$database" | keep database.password $postgres
echo "postgres:5432:mammoscope:mammoscope:$database" | keep pgpass $nobody
random | keep queue.key $nobody

archive=$(random)
echo "{\"RegisteredUsers\": {\"gateway\": \"$archive\"}}" | keep archive-users.json $nobody
login=$(printf 'gateway:%s' "$archive" | base64 | tr -d '\n')
echo "Authorization: Basic $login" | keep archive-headers $nobody

# For the key file of `mammoscope keys`: a folder, since a new file takes the old one's place there.
mkdir "$folder/keys"
chown $nobody:$nobody "$folder/keys"
echo "made $folder; still wanted there: proxy.pem and proxy.key, of user 101, mode 600" >&2
