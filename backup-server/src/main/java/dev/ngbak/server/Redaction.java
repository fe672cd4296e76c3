package dev.ngbak.server;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Secret;
import dev.ngbak.spi.Settings;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The last of the nets: no message is written with a secret in it, so this finds nothing unless a library has put one into
 * a text of its own.
 */
final class Redaction {

    private static final List<String> SECRETS =
            List.of("BACKUP_API_KEY", "NEO4J_PASSWORD", "QDRANT_API_KEY", "REDIS_PASSWORD");
    private static final List<String> URLS =
            List.of("REDIS_URL", "NEO4J_URL", "QDRANT_URL", "BACKUP_PAUSE_HOOK", "BACKUP_RESUME_HOOK");
    private static final Map<String, String> FOLDERS =
            Map.of("BACKUP_DIR", "./backups", "WORKING_DIR", "./api_working_dir");
    private static final Pattern USER_INFO = Pattern.compile("://(?:[^/@:]*:)?([^/@]+)@");
    /** What is shorter would be found in words that are not secret. */
    private static final int SHORTEST = 4;

    private final Map<String, String> secrets = new LinkedHashMap<>();
    private final Map<String, String> folders = new LinkedHashMap<>();

    Redaction(Settings settings) {
        List<String> values = new ArrayList<>();
        for (String name : SECRETS) {
            try {
                Secret secret = settings.secret(name);
                if (secret != null) {
                    values.add(secret.reveal());
                }
            } catch (BackupException e) {
                // said by whoever needs it
            }
        }
        for (String name : URLS) {
            Matcher matcher = USER_INFO.matcher(settings.text(name, ""));
            while (matcher.find()) {
                values.add(matcher.group(1));
                values.add(decoded(matcher.group(1)));
            }
        }
        values.stream()
                .filter(value -> value.length() >= SHORTEST)
                .sorted(Comparator.comparing(String::length).reversed())
                .forEach(value -> secrets.put(value, "***"));
        FOLDERS.forEach((name, usual) -> {
            Path path = Path.of(settings.text(name, usual)).toAbsolutePath();
            if (path.normalize().getNameCount() > 0) {
                folders.put(path.toString(), "…");
                folders.put(path.normalize().toString(), "…");
            }
        });
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }

    /** For logs: without secrets. */
    String forLog(String text) {
        return without(secrets, text);
    }

    /** For answers: without secrets, and without where folders lie on this machine. */
    String forAnswer(String text) {
        return without(folders, without(secrets, text));
    }

    private static String without(Map<String, String> what, String text) {
        String clean = text;
        for (var each : what.entrySet()) {
            clean = clean.replace(each.getKey(), each.getValue());
        }
        return clean;
    }
}
