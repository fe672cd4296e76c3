package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Secret;
import org.neo4j.driver.exceptions.AuthenticationException;
import org.neo4j.driver.exceptions.Neo4jException;
import org.neo4j.driver.exceptions.SecurityException;
import org.neo4j.driver.exceptions.ServiceUnavailableException;
import org.neo4j.driver.exceptions.SessionExpiredException;

/** Turns what the driver throws into what a person can act on. */
final class Translation {

    private final Neo4jSettings settings;

    Translation(Neo4jSettings settings) {
        this.settings = settings;
    }

    /** For a server to which the connection is there, but that says nothing. */
    BackupException silence(RuntimeException e, String doing) {
        return fault(
                e,
                Kind.UNREACHABLE,
                "Neo4j at " + Texts.shown(settings.shownUrl()) + " was silent for "
                        + settings.patience().toSeconds() + " s while " + doing + ", so it was given up",
                "Look whether it and the network still work (NEO4J_URL), and try again");
    }

    BackupException of(Neo4jException e, String doing) {
        String place = "Neo4j at " + Texts.shown(settings.shownUrl());
        String code = e.code() == null ? "" : e.code();
        if (code.equals("Neo.ClientError.Security.AuthenticationRateLimit")) {
            return fault(
                    e,
                    Kind.INVALID,
                    place + " refuses to log in for a while, after too many wrong passwords",
                    "Correct NEO4J_USERNAME and NEO4J_PASSWORD, wait some seconds and try again");
        }
        if (e instanceof AuthenticationException || code.equals("Neo.ClientError.Security.Unauthorized")) {
            return fault(
                    e,
                    Kind.INVALID,
                    place + " does not accept the user \"" + Texts.shown(settings.username()) + "\""
                            + (settings.password() == null ? " without a password" : " with that password"),
                    "Correct NEO4J_USERNAME and NEO4J_PASSWORD (or NEO4J_PASSWORD_FILE)");
        }
        if (code.equals("Neo.ClientError.Database.DatabaseNotFound")) {
            return fault(
                    e,
                    Kind.INVALID,
                    place + " has no database \"" + Texts.shown(settings.database()) + "\"",
                    "Correct NEO4J_DATABASE; Community has one besides \"system\", and it is called \"neo4j\""
                            + " unless configured otherwise");
        }
        if (code.startsWith("Neo.ClientError.Security.")) {
            return fault(
                    e,
                    Kind.INVALID,
                    place + " forbids " + doing + " (" + said(e) + ")",
                    "Give the user NEO4J_USERNAME the right to it, or set another one");
        }
        if (e instanceof SecurityException) {
            return fault(
                    e,
                    Kind.INVALID,
                    place + ": no encrypted connection could be made (" + said(e) + ")",
                    "Correct the scheme of NEO4J_URL: neo4j+s:// and bolt+s:// want a certificate that this Java"
                            + " trusts, +ssc:// takes any, neo4j:// and bolt:// do not encrypt");
        }
        if (e instanceof ServiceUnavailableException
                || e instanceof SessionExpiredException
                || code.startsWith("Neo.TransientError.General.DatabaseUnavailable")
                || code.startsWith("Neo.TransientError.Database.")) {
            return fault(
                    e,
                    Kind.UNREACHABLE,
                    place + " cannot be reached, or broke off, while " + doing,
                    "Start it, or correct NEO4J_URL (with its port, and +s or +ssc where the server encrypts)");
        }
        if (code.startsWith("Neo.ClientError.Schema.") || code.startsWith("Neo.ClientError.Statement.")) {
            return fault(
                    e,
                    Kind.INCOMPATIBLE,
                    place + " did not take it, while " + doing + ": " + said(e),
                    "Remove what stands against it in the database, or use the version and edition of Neo4j that the"
                            + " backup is from");
        }
        if (code.startsWith("Neo.TransientError.")) {
            return fault(
                    e,
                    Kind.UNREACHABLE,
                    place + " gave up while " + doing + ": " + said(e),
                    "Pause other writers, or give the server more memory or time, and try again");
        }
        return fault(
                e,
                Kind.UNREACHABLE,
                place + " failed while " + doing + ": " + said(e) + " " + code,
                "Look into the server's log, and try again");
    }

    private static BackupException fault(Exception e, Kind kind, String problem, String remedy) {
        return new BackupException(kind, problem, remedy, e);
    }

    private String said(Exception e) {
        if (e.getMessage() == null) {
            return "it did not say why";
        }
        Secret password = settings.password();
        return Texts.shown(password == null ? e.getMessage() : password.hiddenIn(e.getMessage()));
    }
}
