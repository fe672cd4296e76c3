package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Compares docs/FAQ.md with the messages in the code. */
class FaqPageTest {

    private static final Path ROOT = Path.of("..");
    private static final Pattern HEADING = Pattern.compile("(?m)^### `(.+)`$");
    /** Between two literals of one message: the end of a line and a plus sign. */
    private static final Pattern CONTINUATION = Pattern.compile("\"\\s*\\+\\s*\"");

    @Test
    void everyHeadingIsPartOfAMessage() throws IOException {
        String code = code();
        List<String> headings = HEADING.matcher(Files.readString(ROOT.resolve("docs/FAQ.md")))
                .results()
                .map((MatchResult heading) -> heading.group(1))
                .toList();
        assertThat(headings)
                .hasSizeGreaterThan(10)
                .allSatisfy(message -> assertThat(code.contains(message))
                        .as("the code contains: %s", message)
                        .isTrue());
    }

    private static String code() throws IOException {
        StringBuilder code = new StringBuilder();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path module : modules.filter(
                            path -> path.getFileName().toString().startsWith("backup-"))
                    .toList()) {
                Path sources = module.resolve("src/main/java");
                if (Files.isDirectory(sources)) {
                    append(sources, code);
                }
            }
        }
        return CONTINUATION.matcher(code).replaceAll("");
    }

    private static void append(Path sources, StringBuilder code) throws IOException {
        try (Stream<Path> files = Files.walk(sources)) {
            files.filter(file -> file.toString().endsWith(".java")).forEach(file -> {
                try {
                    code.append(Files.readString(file));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
