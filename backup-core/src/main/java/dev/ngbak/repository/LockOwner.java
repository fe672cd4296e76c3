package dev.ngbak.repository;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Describes the owner of a lock for the message of a job that has to wait. */
public final class LockOwner {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private LockOwner() {}

    /** Returns the job with this process, this host and the present time. */
    public static String describe(String job) {
        return job + ", process " + ProcessHandle.current().pid() + " on " + host() + ", since "
                + TIME.format(Instant.now()) + " UTC";
    }

    /** Returns the name of this host. */
    public static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "this host";
        }
    }
}
