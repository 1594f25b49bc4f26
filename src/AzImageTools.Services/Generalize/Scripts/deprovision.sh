#!/bin/sh
# AzImageTools guest script: deprovision 1
# Takes from this Linux what makes it the machine it is, and powers it off. Azure's Run Command starts it as root. The work is a transient unit of
# systemd, started and left alone: the agent, which is stopped on the way, and the command's own state, which is removed, are not above it.
# What it tells is for people: whether Linux is generalized is read from its disk, and so is the log that a failure leaves.
set -u
umask 077
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL

unit=azimagetools-deprovision
log=/var/log/azimagetools-deprovision.log
work=/run/azimagetools-deprovision.sh

refuse() { # code, reason
    printf 'Not started: %s.\n' "$2" >&2
    exit "$1"
}

[ "$(id -u)" = 0 ] || refuse 10 'this is not root'
command -v waagent >/dev/null || refuse 13 'there is no waagent here, which deprovisions'
command -v systemd-run >/dev/null || refuse 14 'there is no systemd here, which the work would run under'
if systemctl is-active --quiet "$unit.service" || systemctl is-active --quiet "$unit.timer"; then
    refuse 12 'it is being deprovisioned already'
fi

cat > "$work" <<'WORK'
set -u
umask 077
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
log=/var/log/azimagetools-deprovision.log
exec > "$log" 2>&1

start_agent() {
    for agent in walinuxagent waagent; do
        systemctl start "$agent.service" && return
    done
}

fail() { # what; the machine stays up, with its agent
    echo "failed: $1"
    start_agent
    rm -f "/run/azimagetools-deprovision.sh"
    exit 1
}

blank() { # file
    if [ -f "$1" ] && [ ! -L "$1" ]; then : > "$1" || fail "$1 can't be emptied"; fi
}

echo 'waagent -force -deprovision+user'
waagent -force -deprovision+user </dev/null || fail 'waagent did not deprovision'
if command -v cloud-init >/dev/null; then
    echo 'cloud-init clean --logs --seed'
    cloud-init clean --logs --seed </dev/null || fail 'cloud-init did not clean up'
fi
blank "/etc/machine-id"
if [ ! -L "/var/lib/dbus/machine-id" ]; then rm -f "/var/lib/dbus/machine-id"; fi
rm -f "/etc/sudoers.d/waagent" "/etc/sudoers.d/90-cloud-init-users" "/root/.bash_history"
rm -f "/run/azimagetools-deprovision.sh" "$log"
sync
systemctl poweroff --no-block || poweroff -f
WORK

# A moment later, so that the agent can tell that the command has ended.
systemd-run --quiet --unit="$unit" --collect --on-active=15 --timer-property=AccuracySec=1s /bin/sh "$work" ||
    refuse 15 'systemd did not take the unit'
echo "Started as $unit; the machine powers off when it is done. A failure is told in $log."
