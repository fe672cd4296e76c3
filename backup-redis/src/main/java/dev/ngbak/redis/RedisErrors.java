package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.SafeText;
import java.net.SocketTimeoutException;
import javax.net.ssl.SSLException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/** Translates errors of the driver and the server into messages for users. */
final class RedisErrors {

    private static final String URL = RedisSettings.URL.name();
    private static final String PASSWORD = RedisSettings.PASSWORD.name();
    private static final String KEY_PREFIX = RedisSettings.KEY_PREFIX.name();

    private RedisErrors() {}

    /** @param server the server as messages name it */
    static BackupException translate(JedisException e, RedisSettings settings, String server) {
        return e instanceof JedisDataException
                ? errorReply(e, settings, server)
                : connectionFailure(e, settings, server);
    }

    private static BackupException connectionFailure(JedisException e, RedisSettings settings, String server) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SSLException) {
                return new BackupException(
                        Kind.UNREACHABLE,
                        "The TLS handshake with " + server + " failed",
                        "Write redis:// in " + URL + " if the server does not use TLS. Otherwise add its certificate to"
                                + " Java's trust store (-Djavax.net.ssl.trustStore in NGBAK_JAVA_OPTS)",
                        e);
            }
            if (cause instanceof SocketTimeoutException
                    && !String.valueOf(cause.getMessage()).contains("onnect")) {
                String busy = "check whether it runs a slow command or is out of memory, and try again";
                return new BackupException(
                        Kind.UNREACHABLE,
                        server + " sent nothing for a minute",
                        settings.url().tls()
                                ? "Write redis:// in " + URL + " if the server does not use TLS. Otherwise " + busy
                                : "C" + busy.substring(1),
                        e);
            }
        }
        if (RedisConnection.message(e).startsWith("Failed to connect")) {
            return new BackupException(
                    Kind.UNREACHABLE, "Cannot connect to " + server, "Start the server, or correct " + URL, e);
        }
        return new BackupException(
                Kind.UNREACHABLE,
                "The connection to " + server + " was lost",
                "Check that the server at " + URL + " is running, and try again",
                e);
    }

    private static BackupException errorReply(JedisException e, RedisSettings settings, String server) {
        String reply = RedisConnection.message(e);
        // Some versions repeat a command that they did not understand, which may contain the password.
        String safe =
                settings.password().map(password -> password.hiddenIn(reply)).orElse(reply);
        return switch (safe.split(" ", 2)[0]) {
            case "NOAUTH" ->
                invalid(
                        server + " requires a password, and none is set",
                        "Set " + PASSWORD + " or " + PASSWORD + "_FILE",
                        e);
            case "WRONGPASS" -> wrongPassword(server, e);
            case "NOPERM" ->
                invalid(
                        server + " does not permit the user to run a command on the keys in scope: "
                                + SafeText.forMessage(safe),
                        "Grant the user in " + URL + " the commands that docs/SETTINGS.md lists, on the keys of "
                                + KEY_PREFIX,
                        e);
            case "LOADING" ->
                new BackupException(
                        Kind.UNREACHABLE,
                        server + " is loading its data from disk",
                        "Wait until it has finished, and try again",
                        e);
            case "BUSY" ->
                new BackupException(
                        Kind.UNREACHABLE,
                        server + " is busy running a script",
                        "Wait until it has finished or stop it with SCRIPT KILL, and try again",
                        e);
            case "MASTERDOWN" ->
                new BackupException(
                        Kind.UNREACHABLE,
                        server + " is a replica that has lost its master",
                        "Set " + URL + " to the master",
                        e);
            case "MISCONF" ->
                new BackupException(
                        Kind.NO_SPACE,
                        server + " refuses writes, because it cannot save its data to disk",
                        "Free disk space on the server, or fix the permissions of its data directory. The server's log"
                                + " contains the reason",
                        e);
            case "READONLY" -> replica(server, e);
            case "OOM" ->
                new BackupException(
                        Kind.NO_SPACE,
                        server + " refuses more data, because its memory limit (maxmemory) is reached",
                        "Raise maxmemory on the server, and run the restore again",
                        e);
            case "CLUSTERDOWN" -> unstable(settings, "the reply of " + server + " was " + SafeText.forMessage(safe), e);
            case "MOVED", "ASK", "TRYAGAIN" -> unstable(settings, "keys are being moved from one node to another", e);
            default -> otherReply(safe, server, e);
        };
    }

    private static BackupException otherReply(String reply, String server, JedisException e) {
        if (reply.contains("invalid password")
                || reply.contains("without any password")
                || reply.contains("no password")) {
            return wrongPassword(server, e);
        }
        if (reply.contains("SELECT is not allowed in cluster mode")) {
            return invalid(
                    server + " is a node of a cluster, which has only the database 0, but " + URL
                            + " names another one",
                    "Remove the database number from " + URL,
                    e);
        }
        if (reply.contains("DB index")) {
            return invalid(
                    server + " does not have the database that " + URL + " names",
                    "Correct the database number at the end of " + URL,
                    e);
        }
        if (reply.contains("DUMP payload version or checksum") || reply.contains("Bad data format")) {
            return new BackupException(
                    Kind.INCOMPATIBLE,
                    server + " cannot read a value that another version of Redis wrote",
                    "Restore to a server of the archive's version or a newer one",
                    e);
        }
        return new BackupException(
                Kind.INCOMPATIBLE,
                server + " refused a command: " + SafeText.forMessage(reply),
                "Check the server's log and configuration",
                e);
    }

    /**
     * Reports a cluster that did not become stable in time.
     *
     * @param reason a clause about the cluster, such as "slot 866 is being moved"
     */
    static BackupException unstable(RedisSettings settings, String reason) {
        return unstable(settings, reason, null);
    }

    private static BackupException unstable(RedisSettings settings, String reason, JedisException cause) {
        return new BackupException(
                Kind.UNREACHABLE,
                "The cluster of " + settings.server() + " is not stable: " + reason + ". Keys could be missed",
                "Wait until slots are no longer moved and every slot has a master (redis-cli --cluster check shows both),"
                        + " and try again",
                cause);
    }

    /** Adds to the failure of a connection that nobody configured its address. */
    static BackupException announced(RedisSettings settings, BackupException e) {
        return new BackupException(
                e.kind(),
                e.problem() + ". The cluster of " + settings.server() + " announced this address",
                "If the node is down, start it, or wait until the cluster has replaced it. Otherwise make its address"
                        + " reachable from here, or let it announce another one (cluster-announce-ip or"
                        + " cluster-announce-hostname)",
                e);
    }

    /** Reports several servers that are not a cluster. */
    static BackupException noCluster(String server) {
        return new BackupException(
                Kind.INVALID,
                URL + " names several servers, but " + server + " is not a node of a cluster",
                "Name one server in " + URL + ", or sentinels with redis-sentinel://");
    }

    /** @param cause may be {@code null} */
    static BackupException replica(String server, JedisException cause) {
        return new BackupException(
                Kind.INCOMPATIBLE, server + " is a read-only replica", "Set " + URL + " to the master", cause);
    }

    private static BackupException wrongPassword(String server, JedisException e) {
        return invalid(
                "Cannot log in to " + server + ": wrong user or password",
                "Correct " + PASSWORD + ", or the user and password in " + URL,
                e);
    }

    private static BackupException invalid(String problem, String remedy, JedisException e) {
        return new BackupException(Kind.INVALID, problem, remedy, e);
    }

    /** @param reason a clause that completes "The archived keys cannot be decoded: …" */
    static BackupException damaged(String reason, Throwable cause) {
        return new BackupException(
                Kind.CORRUPT, "The archived keys cannot be decoded: " + reason, "Use another archive", cause);
    }

    /** Reports a key that would be written outside the scope, to where another tenant may have its own. */
    static BackupException outOfScope(String key, RedisSettings settings) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                "The archive contains the key " + key + " behind the prefix " + SafeText.quoted(settings.prefix())
                        + ", which is not in scope (" + SafeText.forMessage(settings.scope()) + ")",
                "Use an archive of the same system, or correct " + settings.scopeSetting());
    }

    /** Reports a scope that a manifest cannot describe. */
    static BackupException tooManyNamespaces(int max) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                "The keys in scope have more than " + max
                        + " namespaces. A namespace is the part of a key between the prefix and the next colon",
                "Set " + KEY_PREFIX + " so that only keys of the GraphRAG system are in scope");
    }
}
