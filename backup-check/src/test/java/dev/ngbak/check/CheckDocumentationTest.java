package dev.ngbak.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.layout.CheckRule;
import dev.ngbak.layout.NanoGraphRagLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class CheckDocumentationTest {

    private static final Pattern ROW = Pattern.compile("\\| (R\\d+) \\| (\\w+) \\| (.+) \\| (.*)\\|");

    @Test
    void pageListsTheRulesWithTheirSeverityAndWhetherTheyHaveABenignCause() throws IOException {
        List<String> documented = Files.readString(Path.of("../docs/CHECK.md"))
                .lines()
                .map(ROW::matcher)
                .filter(java.util.regex.Matcher::matches)
                .map(row ->
                        row.group(1) + " " + row.group(2) + " " + (row.group(4).isBlank() ? "" : "benign"))
                .toList();

        assertThat(documented)
                .isEqualTo(new NanoGraphRagLayout()
                        .rules().stream().map(CheckDocumentationTest::row).toList());
    }

    private static String row(CheckRule rule) {
        return rule.code() + " " + rule.severity().name().toLowerCase(Locale.ROOT) + " "
                + (rule.benignCause().isEmpty() ? "" : "benign");
    }
}
