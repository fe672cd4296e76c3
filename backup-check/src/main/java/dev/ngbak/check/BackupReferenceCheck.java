package dev.ngbak.check;

import dev.ngbak.check.CheckReport.Outcome;
import dev.ngbak.engine.StateCheck;
import dev.ngbak.layout.GraphLayout;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** The reference check during a backup. */
public final class BackupReferenceCheck implements StateCheck {

    @Override
    public Session begin(Settings settings) throws IOException {
        ReferenceChecker checker = new ReferenceChecker(GraphLayout.of(settings), settings, TempFiles.of(settings));
        return new Session() {
            @Override
            public RecordVisitor visitor(Role role) {
                return checker.visitor(role);
            }

            @Override
            public Result finish(Set<Role> hidden) throws IOException {
                hidden.forEach(role -> checker.leaveOut(role, "the store does not show its records"));
                CheckReport report = checker.report(List.of());
                return new Result(
                        report.results().stream()
                                .filter(result -> result.outcome() != Outcome.NOT_CHECKED)
                                .map(result -> new RuleResult(
                                        result.rule(),
                                        result.count(),
                                        result.samples().stream().findFirst()))
                                .toList(),
                        (int) report.count(Outcome.NOT_CHECKED));
            }

            @Override
            public void close() throws IOException {
                checker.close();
            }
        };
    }
}
