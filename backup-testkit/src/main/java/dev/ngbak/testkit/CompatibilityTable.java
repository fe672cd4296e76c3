package dev.ngbak.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A table of {@code docs/COMPATIBILITY.md}: what happens to a backup of one version of a store in another. The cells come from
 * a test run. {@link #check} compares them with the page, or writes them to it.
 *
 * <p>The page contains a table for each plugin between two comments, {@code <!-- begin redis -->} and {@code <!-- end redis -->}.
 * A run knows only the cells whose servers it has; the page keeps the others.
 */
public final class CompatibilityTable {

    /** The system property that makes {@link #check} write the page instead of comparing it. */
    public static final String UPDATE = "docs.update";

    private static final String SOURCE = "Backup of";
    private static final String TESTED = "Tested version";
    private static final String NOT_RUN = "not tested";

    private final String section;
    private final List<String> servers;
    private final Map<String, Map<String, String>> cells = new LinkedHashMap<>();
    private final Map<String, String> versions = new LinkedHashMap<>();

    /**
     * @param section the name in the comments
     * @param servers the rows and columns in order, such as {@code Redis 7.0}
     */
    public CompatibilityTable(String section, List<String> servers) {
        this.section = section;
        this.servers = List.copyOf(servers);
    }

    /** Notes the exact version with which a server took part in this run. */
    public void server(String server, String exactVersion) {
        requireServer(server);
        versions.put(server, exactVersion);
    }

    /** Notes what happened to the backup of one server in another: a few words without a vertical bar. */
    public void cell(String source, String target, String result) {
        requireServer(source);
        requireServer(target);
        if (result.isBlank() || result.contains("|") || result.contains("\n")) {
            throw new IllegalArgumentException("not a cell: " + result);
        }
        cells.computeIfAbsent(source, name -> new LinkedHashMap<>()).put(target, result);
    }

    private void requireServer(String server) {
        if (!servers.contains(server)) {
            throw new IllegalArgumentException(server + " is not one of " + servers);
        }
    }

    /**
     * Compares every cell of this run with the page.
     *
     * @throws AssertionError for a cell that differs, or for a page without this section
     */
    public void check(Path page) throws IOException {
        String text = Files.readString(page);
        String begin = "<!-- begin " + section + " -->\n";
        String end = "<!-- end " + section + " -->";
        int from = text.indexOf(begin);
        int to = text.indexOf(end);
        if (from < 0 || to < from) {
            throw new AssertionError(page + " has no section between " + begin.strip() + " and " + end);
        }
        from += begin.length();
        Map<String, Map<String, String>> known = parse(text.substring(from, to));
        if (Boolean.getBoolean(UPDATE)) {
            String updated = text.substring(0, from) + render(known) + text.substring(to);
            Files.writeString(page, updated);
            return;
        }
        List<String> differences = new ArrayList<>();
        cells.forEach((source, row) -> row.forEach((target, result) -> {
            String documented = known.getOrDefault(source, Map.of()).get(column(target));
            if (!result.equals(documented)) {
                differences.add(source + " to " + target + ": " + result + ", but the page says " + documented);
            }
        }));
        if (!differences.isEmpty()) {
            throw new AssertionError(page + " differs from this run: " + String.join("; ", differences)
                    + ". If the new results are right, run this test with -D" + UPDATE + "=true");
        }
    }

    /** Returns the cells of a rendered table by source and target. The last column contains the exact version. */
    private static Map<String, Map<String, String>> parse(String table) {
        Map<String, Map<String, String>> rows = new LinkedHashMap<>();
        List<String> header = List.of();
        for (String line : table.lines().toList()) {
            if (!line.startsWith("|") || line.startsWith("|---")) {
                continue;
            }
            List<String> columns = List.of(line.substring(1, line.length() - 1).split("\\|")).stream()
                    .map(String::strip)
                    .toList();
            if (header.isEmpty()) {
                header = columns;
                continue;
            }
            Map<String, String> row = new LinkedHashMap<>();
            for (int i = 1; i < columns.size() && i < header.size(); i++) {
                row.put(header.get(i), columns.get(i));
            }
            rows.put(columns.get(0), row);
        }
        return rows;
    }

    private String render(Map<String, Map<String, String>> known) {
        StringBuilder table = new StringBuilder("\n| " + SOURCE + " |");
        servers.forEach(server -> table.append(' ').append(column(server)).append(" |"));
        table.append(' ')
                .append(TESTED)
                .append(" |\n|---|")
                .append("---|".repeat(servers.size() + 1))
                .append('\n');
        for (String source : servers) {
            table.append("| ").append(source).append(" |");
            Map<String, String> old = known.getOrDefault(source, Map.of());
            for (String target : servers) {
                String result = cells.getOrDefault(source, Map.of()).get(target);
                table.append(' ')
                        .append(result != null ? result : old.getOrDefault(column(target), NOT_RUN))
                        .append(" |");
            }
            table.append(' ')
                    .append(versions.getOrDefault(source, old.getOrDefault(TESTED, "")))
                    .append(" |\n");
        }
        return table.append('\n').toString();
    }

    private static String column(String target) {
        return "to " + target;
    }
}
