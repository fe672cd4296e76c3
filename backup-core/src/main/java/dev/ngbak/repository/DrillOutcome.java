package dev.ngbak.repository;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The outcome of a restore drill. The names of its two sidecars, a JSON file and a Markdown file with the evidence, state it,
 * so that a list of archives reads no sidecar.
 *
 * @param at the time at which the drill ended, in whole seconds
 * @param passed whether the archive was restored and proved
 * @param archiveSize the size of the archive in bytes
 */
public record DrillOutcome(Instant at, boolean passed, long archiveSize) {

    /** The suffixes of the sidecars. */
    public static final String JSON = ".json";

    public static final String MARKDOWN = ".md";

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH-mm-ss'Z'").withZone(ZoneOffset.UTC);
    private static final Pattern NAME =
            Pattern.compile("drill-(\\d{4}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-\\d\\dZ)-(passed|failed)-(\\d{1,18})\\.json");

    public DrillOutcome {
        at = at.truncatedTo(ChronoUnit.SECONDS);
    }

    /** Returns the name of the sidecars without a suffix. */
    public String evidence() {
        return "drill-" + TIME.format(at) + (passed ? "-passed-" : "-failed-") + archiveSize;
    }

    /** Returns the drills that sidecars of the archive state, the newest first, without those of an earlier archive with its id. */
    static List<DrillOutcome> of(ArchiveInfo archive, Collection<String> sidecars) {
        Instant modified = archive.modifiedAt().truncatedTo(ChronoUnit.SECONDS);
        return sidecars.stream()
                .flatMap(name -> parse(name).stream())
                .filter(drill ->
                        drill.archiveSize() == archive.size() && !drill.at().isBefore(modified))
                .sorted(Comparator.comparing(DrillOutcome::at).reversed())
                .toList();
    }

    private static Optional<DrillOutcome> parse(String name) {
        Matcher parts = NAME.matcher(name);
        if (!parts.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new DrillOutcome(
                    TIME.parse(parts.group(1), Instant::from),
                    parts.group(2).equals("passed"),
                    Long.parseLong(parts.group(3))));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
