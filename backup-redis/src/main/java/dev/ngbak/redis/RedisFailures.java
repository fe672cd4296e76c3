package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.net.SocketTimeoutException;
import java.util.Map;
import javax.net.ssl.SSLException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/** What the driver and the server say, in people's words. */
final class RedisFailures {

    private RedisFailures() {}

    static BackupException explain(JedisException e, RedisSettings settings) {
        return e instanceof JedisDataException ? refusal(e, settings) : silence(e, settings);
    }

    static void refuseCluster(Map<String, String> info, RedisSettings settings) {
        if ("1".equals(info.get("cluster_enabled"))) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    settings.shown() + " is a node of a cluster, which holds only a part of the keys. Nothing was read"
                            + " or changed",
                    "ngbak works on single servers; name one in " + RedisSettings.URL);
        }
    }

    private static BackupException silence(JedisException e, RedisSettings settings) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SSLException) {
                return new BackupException(
                        Kind.UNREACHABLE,
                        settings.shown() + " cannot be spoken to by TLS",
                        "Write redis:// in " + RedisSettings.URL + " if the server has no TLS; else let Java trust its"
                                + " certificate (-Djavax.net.ssl.trustStore in NGBAK_JAVA_OPTS)",
                        e);
            }
            if (cause instanceof SocketTimeoutException
                    && !String.valueOf(cause.getMessage()).contains("onnect")) {
                return new BackupException(
                        Kind.UNREACHABLE,
                        settings.shown() + " has said nothing for a minute",
                        settings.tls()
                                ? "Write redis:// in " + RedisSettings.URL
                                        + " if the server has no TLS; else look whether"
                                        + " it is busy with a slow command or out of memory, and try again"
                                : "Look whether it is busy with a slow command or out of memory, and try again",
                        e);
            }
        }
        boolean everThere = !String.valueOf(e.getMessage()).startsWith("Failed to connect");
        return new BackupException(
                Kind.UNREACHABLE,
                everThere
                        ? "The connection to " + settings.shown() + " was lost"
                        : settings.shown() + " does not answer",
                "Start the server, or correct " + RedisSettings.URL,
                e);
    }

    private static BackupException refusal(JedisException e, RedisSettings settings) {
        String said = String.valueOf(e.getMessage());
        // Some versions repeat what they did not understand.
        said = settings.password() == null ? said : settings.password().hiddenIn(said);
        String code = said.split(" ", 2)[0];
        String place = settings.shown();
        return switch (code) {
            case "NOAUTH" ->
                invalid(place + " wants a password, and none is set", "Set REDIS_PASSWORD or REDIS_PASSWORD_FILE", e);
            case "WRONGPASS" -> wrongPassword(place, e);
            case "NOPERM" ->
                invalid(
                        place + ": the user may not run a command that is needed here, or not on these keys ("
                                + shown(said) + ")",
                        "Allow the user of " + RedisSettings.URL
                                + " the commands that docs/SETTINGS.md lists, on the keys of " + RedisSettings.PREFIX,
                        e);
            case "LOADING" ->
                new BackupException(
                        Kind.UNREACHABLE,
                        place + " is still loading its data from the disk",
                        "Wait until it is done and try again",
                        e);
            case "BUSY" ->
                new BackupException(
                        Kind.UNREACHABLE,
                        place + " is busy with a script",
                        "Wait until it is done, or stop it by SCRIPT KILL, and try again",
                        e);
            case "MASTERDOWN" ->
                new BackupException(
                        Kind.UNREACHABLE,
                        place + " is a replica that has lost its master",
                        "Name the master in " + RedisSettings.URL,
                        e);
            case "MISCONF" ->
                new BackupException(
                        Kind.NO_SPACE,
                        place + " takes no writes, since it cannot save its data to the disk",
                        "Make room on the server's disk, or correct its rights; the server's log says why",
                        e);
            case "READONLY" -> replica(place, e);
            case "OOM" ->
                new BackupException(
                        Kind.NO_SPACE,
                        place + " takes no more data: its memory limit (maxmemory) is reached",
                        "Raise maxmemory on the server and run the restore again",
                        e);
            case "MOVED", "ASK", "CLUSTERDOWN", "CROSSSLOT", "TRYAGAIN" ->
                new BackupException(
                        Kind.INCOMPATIBLE,
                        place + " is a node of a cluster",
                        "ngbak works on single servers; name one in " + RedisSettings.URL,
                        e);
            default -> other(said, place, e);
        };
    }

    private static BackupException other(String said, String place, JedisException e) {
        if (said.contains("invalid password")
                || said.contains("without any password")
                || said.contains("no password")) {
            return wrongPassword(place, e);
        }
        if (said.contains("DB index")) {
            return invalid(
                    place + " has no database of the number in " + RedisSettings.URL,
                    "Correct the number at the end of " + RedisSettings.URL,
                    e);
        }
        if (said.contains("DUMP payload version or checksum") || said.contains("Bad data format")) {
            return new BackupException(
                    Kind.INCOMPATIBLE,
                    place + " does not read a value that another version of Redis wrote",
                    "Restore to a server of the archive's version or a newer one",
                    e);
        }
        return new BackupException(
                Kind.INCOMPATIBLE,
                place + " refused a command: " + shown(said),
                "Look into the server's log and settings",
                e);
    }

    static BackupException replica(String place, JedisException cause) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                place + " is a read-only replica, which nothing can be restored to",
                "Name the master in " + RedisSettings.URL,
                cause);
    }

    private static BackupException wrongPassword(String place, JedisException e) {
        return invalid(
                place + " does not accept the user or the password",
                "Correct REDIS_PASSWORD, or the user and password in " + RedisSettings.URL,
                e);
    }

    private static BackupException invalid(String problem, String remedy, JedisException e) {
        return new BackupException(Kind.INVALID, problem, remedy, e);
    }

    /** A text from a server or an archive as it may stand in a message. */
    static String shown(String text) {
        String clean = text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]", "?");
        return clean.length() <= 120 ? clean : clean.substring(0, 120) + "…";
    }
}
