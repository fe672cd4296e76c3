package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.support.MalformedContentException;
import dev.ngbak.spi.support.SafeText;
import org.neo4j.driver.exceptions.AuthenticationException;
import org.neo4j.driver.exceptions.Neo4jException;
import org.neo4j.driver.exceptions.SecurityException;
import org.neo4j.driver.exceptions.ServiceUnavailableException;
import org.neo4j.driver.exceptions.SessionExpiredException;
import org.neo4j.driver.exceptions.UnsupportedFeatureException;

/** Translates failures of the driver, of values and of archived files into messages that a user can act on. */
final class Neo4jErrors {

    private final Neo4jSettings settings;
    private final String server;

    Neo4jErrors(Neo4jSettings settings) {
        this.settings = settings;
        this.server = "Neo4j at " + SafeText.forMessage(settings.urlWithoutCredentials());
    }

    /** Returns the failure for a call that the server did not answer in time. */
    BackupException idleTimeout(RuntimeException cause, String action) {
        return new BackupException(
                Kind.UNREACHABLE,
                server + " did not answer for " + settings.idleTimeout().toSeconds() + " s while " + action
                        + ", so the connection was closed",
                "Check the server at NEO4J_URL and the network, then try again",
                cause);
    }

    /** Translates an exception of the driver. */
    BackupException translate(Neo4jException e, String action) {
        String code = e.code() == null ? "" : e.code();
        if (code.equals("Neo.ClientError.Security.AuthenticationRateLimit")) {
            return new BackupException(
                    Kind.INVALID,
                    server + " refuses logins for a while, after too many wrong passwords",
                    "Correct NEO4J_USERNAME and NEO4J_PASSWORD, wait a few seconds and try again",
                    e);
        }
        if (e instanceof AuthenticationException || code.equals("Neo.ClientError.Security.Unauthorized")) {
            return new BackupException(
                    Kind.INVALID,
                    server + " rejected the user " + SafeText.quoted(settings.username())
                            + (settings.password().isPresent() ? " with this password" : " without a password"),
                    "Correct NEO4J_USERNAME and NEO4J_PASSWORD (or NEO4J_PASSWORD_FILE)",
                    e);
        }
        if (code.equals("Neo.ClientError.Database.DatabaseNotFound")) {
            return new BackupException(
                    Kind.INVALID,
                    server + " has no database " + SafeText.quoted(settings.database()),
                    "Correct NEO4J_DATABASE. Neo4j Community has one user database, which is called \"neo4j\" unless"
                            + " configured otherwise",
                    e);
        }
        if (code.startsWith("Neo.ClientError.Security.")) {
            return new BackupException(
                    Kind.INVALID,
                    server + " denied " + action + " (" + messageOf(e) + ")",
                    "Grant the user in NEO4J_USERNAME the privilege, or set another user",
                    e);
        }
        if (e instanceof SecurityException) {
            return new BackupException(
                    Kind.INVALID,
                    "Cannot open an encrypted connection to " + server + " (" + messageOf(e) + ")",
                    "Correct the scheme of NEO4J_URL: neo4j+s:// and bolt+s:// need a certificate that ngbak's Java trusts,"
                            + " neo4j+ssc:// and bolt+ssc:// accept any certificate, neo4j:// and bolt:// do not encrypt",
                    e);
        }
        if (e instanceof SessionExpiredException || code.startsWith("Neo.ClientError.Cluster.")) {
            return new BackupException(
                    Kind.UNREACHABLE,
                    server + " stopped accepting writes, or is gone, while " + action + " (" + messageOf(e) + ")",
                    "Check that it runs. In a cluster, wait until the database has a writer again (SHOW DATABASES), and use"
                            + " a URL with neo4j://, which finds it. Then try again",
                    e);
        }
        if (e instanceof ServiceUnavailableException
                || code.startsWith("Neo.TransientError.General.DatabaseUnavailable")
                || code.startsWith("Neo.TransientError.Database.")) {
            return new BackupException(
                    Kind.UNREACHABLE,
                    "Cannot reach " + server + " while " + action,
                    "Start it, or correct NEO4J_URL (its port, and +s or +ssc if the server encrypts)",
                    e);
        }
        if (e instanceof UnsupportedFeatureException
                || code.equals("Neo.ClientError.Data.DataUnsupportedByStoreFormat")) {
            return new BackupException(
                    Kind.INCOMPATIBLE,
                    server + " cannot hold a value of the graph, as it reported while " + action + ": " + messageOf(e),
                    "Use a version, an edition and a store format of Neo4j that can, such as those of the backup",
                    e);
        }
        if (code.startsWith("Neo.ClientError.Schema.") || code.startsWith("Neo.ClientError.Statement.")) {
            return new BackupException(
                    Kind.INCOMPATIBLE,
                    server + " reported an error while " + action + ": " + messageOf(e),
                    "Remove the conflicting data or schema from the database, or use the version and edition of Neo4j"
                            + " that the backup comes from",
                    e);
        }
        if (code.startsWith("Neo.TransientError.")) {
            return new BackupException(
                    Kind.UNREACHABLE,
                    server + " gave up while " + action + ": " + messageOf(e),
                    "Pause other writers, or give the server more memory or time, and try again",
                    e);
        }
        return new BackupException(
                Kind.UNREACHABLE,
                server + " failed while " + action + ": " + messageOf(e) + " " + code,
                "Check the server's log, and try again",
                e);
    }

    private String messageOf(Exception e) {
        String message = e.getMessage();
        if (message == null) {
            return "no reason given";
        }
        return SafeText.forMessage(
                settings.password().map(password -> password.hiddenIn(message)).orElse(message));
    }

    static BackupException invalidUrl(Neo4jSettings settings, RuntimeException cause) {
        return new BackupException(
                Kind.INVALID,
                "NEO4J_URL is " + SafeText.quoted(settings.urlWithoutCredentials()) + ", which is not a URL of Neo4j",
                "Set it to a URL such as neo4j://localhost:7687, bolt://host:7687 or neo4j+s://host",
                cause);
    }

    /** Returns the failure for a value that neither the file nor the canonical bytes can represent. */
    static BackupException unsupportedValue(Object value) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                "The graph contains a value of a type that this version of ngbak cannot archive ("
                        + PropertyType.describe(value) + ")",
                "Use a newer version of ngbak, or remove such values");
    }

    /**
     * Returns the failure for a value that no archive can contain.
     *
     * @param owner the node or relationship, for messages
     */
    static BackupException unsupportedValue(String property, String owner, Object value) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                "The property " + SafeText.quoted(property) + " of " + owner
                        + " has a value of a type that this version of ngbak cannot archive ("
                        + PropertyType.describe(value) + ")",
                "Use a newer version of ngbak, or remove such values");
    }

    /** @param problem may contain text from the archive */
    static BackupException corruptArchive(String problem) {
        return new BackupException(Kind.CORRUPT, SafeText.forMessage(problem), "Use another archive");
    }

    /** @param path the file that does not match its form */
    static BackupException corruptArchive(String path, MalformedContentException cause) {
        return new BackupException(
                Kind.CORRUPT,
                SafeText.forMessage(path + " in the archive " + cause.getMessage()),
                "Use another archive",
                cause);
    }
}
