package dev.ngbak.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What is mounted where. A file that is a mount of its own, as containers make them, can be written but not replaced. */
final class MountPoints {

    private static final Path TABLE = Path.of("/proc/self/mountinfo");
    private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

    private MountPoints() {}

    /** The mount points of this moment; none where the system does not tell. */
    static Set<Path> now() {
        try {
            return Files.isReadable(TABLE) ? parse(Files.readAllLines(TABLE)) : Set.of();
        } catch (IOException e) {
            return Set.of();
        }
    }

    /** The fifth word of each line, in which white space and backslashes are written in octal. */
    static Set<Path> parse(List<String> lines) {
        return lines.stream()
                .map(line -> line.split(" ", 6))
                .filter(words -> words.length == 6)
                .map(words -> OCTAL.matcher(words[4])
                        .replaceAll(octal ->
                                Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(octal.group(1), 8)))))
                .map(Path::of)
                .collect(Collectors.toSet());
    }
}
