package dev.ngbak.server;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Secret;
import dev.ngbak.spi.SettingSpec;
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

    private static final Pattern USER_INFO = Pattern.compile("://(?:[^/@:]*:)?([^/@]+)@");
    /** Shorter values would also match ordinary words. */
    private static final int MIN_LENGTH = 4;

    private final Map<String, String> secrets = new LinkedHashMap<>();
    private final Map<String, String> folders = new LinkedHashMap<>();

    /** @param specs the settings that may contain secrets or paths */
    Redaction(Settings settings, List<SettingSpec> specs) {
        List<String> values = new ArrayList<>();
        for (SettingSpec spec : specs) {
            switch (spec.kind()) {
                case SECRET -> addSecret(settings, spec, values);
                case URL, SENSITIVE -> addUserInfo(spec.text(settings).orElse(""), values);
                case PATH -> spec.text(settings).ifPresent(this::addFolder);
                case PLAIN -> {
                    // It contains nothing confidential.
                }
            }
        }
        values.stream()
                .filter(value -> value.length() >= MIN_LENGTH)
                .sorted(Comparator.comparing(String::length).reversed())
                .forEach(value -> secrets.put(value, "***"));
    }

    private static void addSecret(Settings settings, SettingSpec spec, List<String> values) {
        try {
            Secret secret = settings.secret(spec.name());
            if (secret != null) {
                values.add(secret.reveal());
            }
        } catch (BackupException e) {
            return; // The code that needs the setting reports it.
        }
    }

    private static void addUserInfo(String url, List<String> values) {
        Matcher matcher = USER_INFO.matcher(url);
        while (matcher.find()) {
            values.add(matcher.group(1));
            values.add(decode(matcher.group(1)));
        }
    }

    private void addFolder(String path) {
        Path absolute = Path.of(path).toAbsolutePath();
        if (absolute.normalize().getNameCount() > 0) {
            folders.put(absolute.toString(), "…");
            folders.put(absolute.normalize().toString(), "…");
        }
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
