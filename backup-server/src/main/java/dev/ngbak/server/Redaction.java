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

/** Removes secrets from texts. The last line of defence: our own messages contain no secrets, but a library's might. */
final class Redaction {

    private static final List<String> SECRETS =
            List.of("BACKUP_API_KEY", "NEO4J_PASSWORD", "QDRANT_API_KEY", "REDIS_PASSWORD");
    private static final List<String> URLS =
            List.of("REDIS_URL", "NEO4J_URL", "QDRANT_URL", "BACKUP_PAUSE_HOOK", "BACKUP_RESUME_HOOK");
    private static final Map<String, String> FOLDERS =
            Map.of("BACKUP_DIR", "./backups", "WORKING_DIR", "./api_working_dir");
    private static final Pattern USER_INFO = Pattern.compile("://(?:[^/@:]*:)?([^/@]+)@");
    /** Shorter values would also match ordinary words. */
    private static final int MIN_LENGTH = 4;

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
                continue; // the code that needs the setting reports it
            }
        }
        for (String name : URLS) {
            Matcher matcher = USER_INFO.matcher(settings.text(name, ""));
            while (matcher.find()) {
                values.add(matcher.group(1));
                values.add(decode(matcher.group(1)));
            }
        }
        values.stream()
                .filter(value -> value.length() >= MIN_LENGTH)
                .sorted(Comparator.comparing(String::length).reversed())
                .forEach(value -> secrets.put(value, "***"));
        FOLDERS.forEach((name, defaultPath) -> {
            Path path = Path.of(settings.text(name, defaultPath)).toAbsolutePath();
            if (path.normalize().getNameCount() > 0) {
                folders.put(path.toString(), "…");
                folders.put(path.normalize().toString(), "…");
            }
        });
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }

    /** Returns the text without secrets. */
    String forLog(String text) {
        return replace(secrets, text);
    }

    /** Returns the text without secrets and without the paths of configured folders. */
    String forAnswer(String text) {
        return replace(folders, replace(secrets, text));
    }

    private static String replace(Map<String, String> replacements, String text) {
        String clean = text;
        for (var each : replacements.entrySet()) {
            clean = clean.replace(each.getKey(), each.getValue());
        }
        return clean;
    }
}
