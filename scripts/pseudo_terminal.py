"""A command whose output goes to a terminal of its own."""
import fcntl
import os
import pty
import struct
import subprocess
import termios


def run(words, size=None, **how):
    """Exit status and the bytes that the terminal got. size: (rows, columns) of it; `how` goes to
    subprocess.Popen, by default with the terminal as the standard input, too."""
    master, slave = pty.openpty()
    if size is not None:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    process = subprocess.Popen(words, **{"stdin": slave, "stdout": slave, "stderr": slave, **how})
    os.close(slave)
    text = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        text += part
    os.close(master)
    return process.wait(), text
