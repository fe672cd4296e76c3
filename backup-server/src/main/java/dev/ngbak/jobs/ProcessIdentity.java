package dev.ngbak.jobs;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;

/**
 * Identifies the process that runs a job. The system reuses process ids, and in containers the first process always has the
 * same one, so the start time is part of the identity.
 */
record ProcessIdentity(String host, long pid, Instant started) {

    /** The system reports the start of another process only to about a second. */
    private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(5);

    static ProcessIdentity current() {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = "localhost";
        }
        ProcessHandle process = ProcessHandle.current();
        return new ProcessIdentity(host, process.pid(), startOf(process));
    }

    private static Instant startOf(ProcessHandle process) {
        return process.info().startInstant().orElse(Instant.EPOCH);
    }

    boolean isOnHostOf(ProcessIdentity other) {
        return host.equals(other.host);
    }

    /** Returns whether this process still runs. It must be on the same host as {@code self}, the calling process. */
    boolean isAlive(ProcessIdentity self) {
        if (pid == self.pid) {
            return started.equals(self.started);
        }
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .map(process -> Duration.between(started, startOf(process)).abs())
                .filter(difference -> difference.compareTo(CLOCK_TOLERANCE) < 0)
                .isPresent();
    }
}
