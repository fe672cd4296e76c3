package dev.ngbak.cli;

import dev.ngbak.engine.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes the manual pages: {@code ngbak.1}, and one for each command. */
public final class ManPages {

    private static final String SECTION = "1";
    private static final int LINE_LENGTH = 78;

    private ManPages() {}

    /**
     * Writes all pages into a directory, which is created if it does not exist.
     *
     * @param args the directory. The environment variable {@code SOURCE_DATE_EPOCH} gives the date of the pages, so that a
     *     release can be reproduced; the default is today
     */
    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            throw new IllegalArgumentException("Usage: ManPages DIRECTORY");
        }
        Path directory = Files.createDirectories(Path.of(args[0]));
        LocalDate date = Optional.ofNullable(System.getenv("SOURCE_DATE_EPOCH"))
                .map(seconds -> Instant.ofEpochSecond(Long.parseLong(seconds))
                        .atZone(ZoneOffset.UTC)
                        .toLocalDate())
                .orElseGet(() -> LocalDate.now(ZoneOffset.UTC));
        List<CommandPage> pages = CommandPage.all();
        for (CommandPage page : pages) {
            Files.writeString(
                    directory.resolve(page.manual() + "." + SECTION),
                    text(page, pages, date),
                    StandardCharsets.US_ASCII);
        }
    }

    /** Returns one page in roff. */
    static String text(CommandPage page, List<CommandPage> all, LocalDate date) {
        StringBuilder out = new StringBuilder();
        out.append(".TH \"")
                .append(escaped(page.manual().toUpperCase(Locale.ROOT)))
                .append("\" \"" + SECTION + "\" \"" + date + "\" \"ngbak " + Version.text() + "\" \"ngbak manual\"\n")
                .append(".nh\n.ad l\n");
        section(out, "NAME", escaped(page.manual()) + " \\- " + escaped(page.summary()));
        section(out, "SYNOPSIS", ".B " + escaped(page.synopsis()));
        section(
                out,
                "DESCRIPTION",
                page.description().stream().map(ManPages::paragraph).collect(Collectors.joining("\n.PP\n")));
        definitions(out, "ARGUMENTS", page.arguments());
        definitions(out, "OPTIONS", page.options());
        definitions(out, "COMMANDS", page.commands());
        environment(out, page);
        Map<String, String> exits = new LinkedHashMap<>();
        page.exits().forEach((code, meaning) -> exits.put(code.toString(), meaning));
        definitions(out, "EXIT STATUS", exits);
        if (!page.examples().isEmpty()) {
            section(
                    out,
                    "EXAMPLES",
                    ".EX\n" + page.examples().stream().map(ManPages::line).collect(Collectors.joining("\n")) + "\n.EE");
        }
        section(
                out,
                "SEE ALSO",
                all.stream()
                        .filter(other -> other != page)
                        .map(other -> ".BR \\%" + escaped(other.manual()) + " (" + SECTION + ")")
                        .collect(Collectors.joining(" ,\n")));
        return out.toString();
    }

    private static void environment(StringBuilder out, CommandPage page) {
        Map<String, String> variables = new LinkedHashMap<>();
        Stream.concat(page.settings().stream(), page.groups().stream().flatMap(group -> group.settings().stream()))
                .forEach(setting -> variables.put(setting.name(), CommandPage.plain(setting)));
        definitions(out, "ENVIRONMENT", variables);
    }

    private static void section(StringBuilder out, String title, String content) {
        out.append(".SH \"").append(title).append("\"\n").append(content).append('\n');
    }

    private static void definitions(StringBuilder out, String title, Map<String, String> definitions) {
        if (!definitions.isEmpty()) {
            section(
                    out,
                    title,
                    definitions.entrySet().stream()
                            .map(definition ->
                                    ".TP\n.B " + escaped(definition.getKey()) + "\n" + paragraph(definition.getValue()))
                            .collect(Collectors.joining("\n")));
        }
    }

    /** Returns text in lines of moderate length, none of which looks like a request. */
    private static String paragraph(String text) {
        StringBuilder out = new StringBuilder();
        int column = 0;
        for (String word : text.split(" ")) {
            String next = escaped(word);
            boolean fits = column + 1 + next.length() <= LINE_LENGTH;
            out.append(column == 0 ? "" : fits ? " " : "\n");
            column = column == 0 || !fits ? 0 : column + 1;
            String written = column == 0 ? line(word) : next;
            out.append(written);
            column += written.length();
        }
        return out.toString();
    }

    /** Returns one line of text, which does not look like a request. */
    private static String line(String text) {
        return text.startsWith(".") || text.startsWith("'") ? "\\&" + escaped(text) : escaped(text);
    }

    /** Returns text with the characters that roff interprets, and those outside ASCII, as escapes. */
    private static String escaped(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\\' -> out.append("\\e");
                case '-' -> out.append("\\-");
                case '"' -> out.append("\\(dq");
                case '\'' -> out.append("\\(aq");
                case '`' -> out.append("\\(ga");
                case '~' -> out.append("\\(ti");
                case '^' -> out.append("\\(ha");
                default -> {
                    if (c < 0x80) {
                        out.append((char) c);
                    } else {
                        out.append(String.format(Locale.ROOT, "\\[u%04X]", c));
                    }
                }
            }
        });
        return out.toString();
    }
}
