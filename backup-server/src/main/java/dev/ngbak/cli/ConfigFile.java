package dev.ngbak.cli;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Settings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file with settings, as Docker Compose and dotenv read it: a line {@code NAME=value} for each, blank lines, and comments
 * that begin with {@code #}. A value may be in single quotes, where every character stands for itself, or in double quotes,
 * where a backslash begins {@code \n}, {@code \t}, {@code \r}, {@code \\}, {@code \"} or {@code \$}. Without quotes it ends at
 * a space followed by {@code #}. Variables in values are not replaced. The last line for a name counts.
 *
 * @param path the absolute path
 */
record ConfigFile(Path path, Map<String, String> values) {

    private static final int MAX_BYTES = 1 << 20;
    private static final Pattern LINE =
            Pattern.compile("(?:export[ \\t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \\t]*=[ \\t]*(.*)");
    private static final Pattern SINGLE = Pattern.compile("'([^']*)'[ \\t]*(?:#.*)?");
    private static final Pattern DOUBLE = Pattern.compile("\"((?:[^\"\\\\]|\\\\[ntr\\\\\"$])*)\"[ \\t]*(?:#.*)?");
    private static final Pattern ESCAPE = Pattern.compile("\\\\(.)");
    private static final Pattern COMMENT = Pattern.compile("(^|[ \\t]+)#.*");

    ConfigFile {
        values = Map.copyOf(values);
    }

    /**
     * Reads a file.
     *
     * @param option the option that names it, for messages
     * @throws BackupException {@code INVALID} for a file or a line that cannot be read; it never contains a value
     */
    static ConfigFile read(Path file, String option) {
        Path path = file.toAbsolutePath().normalize();
        Map<String, String> values = new HashMap<>();
        int number = 0;
        for (String line : text(path, option).split("\\r?\\n|\\r", -1)) {
            number++;
            String content = line.strip();
            if (!content.isEmpty() && !content.startsWith("#")) {
                add(content, values, path + ", line " + number);
            }
        }
        return new ConfigFile(path, values);
    }

    private static String text(Path path, String option) {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw unusable(
                        "The file " + path + " of " + option + " is larger than 1 MiB", "Name a file with settings");
            }
            Reader reader = new InputStreamReader(new ByteArrayInputStream(bytes), StandardCharsets.UTF_8.newDecoder());
            StringBuilder text = new StringBuilder();
            char[] buffer = new char[8192];
            for (int n = reader.read(buffer); n >= 0; n = reader.read(buffer)) {
                text.append(buffer, 0, n);
            }
            return text.indexOf("\uFEFF") == 0 ? text.substring(1) : text.toString();
        } catch (CharacterCodingException e) {
            throw unusable("The file " + path + " of " + option + " is not text in UTF-8", "Name a file with settings");
        } catch (IOException e) {
            throw unusable(
                    "The file " + path + " of " + option + " cannot be read",
                    Files.isDirectory(path)
                            ? "It is a folder; name a file"
                            : "Check the path and the right to read it");
        }
    }

    private static void add(String line, Map<String, String> values, String place) {
        Matcher parts = LINE.matcher(line);
        if (!parts.matches()) {
            throw unusable("In the file " + place + " is not of the form NAME=value", "Correct the line, or remove it");
        }
        String value = parts.group(2);
        if (value.startsWith("'")) {
            Matcher quoted = SINGLE.matcher(value);
            values.put(parts.group(1), require(quoted, place, parts.group(1)).group(1));
        } else if (value.startsWith("\"")) {
            Matcher quoted = DOUBLE.matcher(value);
            values.put(
                    parts.group(1),
                    unescaped(require(quoted, place, parts.group(1)).group(1)));
        } else {
            values.put(parts.group(1), COMMENT.matcher(value).replaceFirst("").strip());
        }
    }

    private static Matcher require(Matcher quoted, String place, String name) {
        if (!quoted.matches()) {
            throw unusable(
                    "In the file " + place + " has a value of " + name + " whose quotes are not closed, that continues"
                            + " after them, or that has an unknown escape",
                    "Close the quotes on the same line. Between double quotes, write \\\\ for a backslash");
        }
        return quoted;
    }

    private static String unescaped(String text) {
        return ESCAPE.matcher(text)
                .replaceAll(escape -> Matcher.quoteReplacement(
                        switch (escape.group(1)) {
                            case "n" -> "\n";
                            case "t" -> "\t";
                            case "r" -> "\r";
                            default -> escape.group(1);
                        }));
    }

    private static BackupException unusable(String problem, String remedy) {
        return new BackupException(Kind.INVALID, problem, remedy);
    }

    /** Returns the settings of this file, over which those of the environment win. */
    Settings under(Settings environment) {
        Map<String, String> merged = new HashMap<>(values);
        for (String name : environment.names()) {
            String value = environment.text(name, null);
            if (value != null) {
                merged.put(name, value);
            }
        }
        return Settings.of(merged);
    }
}
