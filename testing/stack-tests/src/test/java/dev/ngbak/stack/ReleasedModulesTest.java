package dev.ngbak.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** What every released jar must have, whichever module it comes from. */
class ReleasedModulesTest {

    private static final Path ROOT = Path.of("../..");

    /** Returns the modules that are deployed as jars, read from the POMs. */
    static List<String> releasedModules() throws Exception {
        List<String> released = new java.util.ArrayList<>();
        for (String module : texts(pom("."), "module")) {
            if (!module.startsWith("bench/") && isReleased(pom(module))) {
                released.add(module);
            }
        }
        assertThat(released).contains("backup-core", "backup-testkit", "backup-server");
        return released;
    }

    private static boolean isReleased(Document pom) {
        List<String> packaging = texts(pom, "packaging");
        return packaging.isEmpty() && !texts(pom, "maven.deploy.skip").contains("true");
    }

    private static Document pom(String module) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(ROOT.resolve(module).resolve("pom.xml").toFile());
    }

    private static List<String> texts(Document pom, String element) {
        NodeList nodes = pom.getElementsByTagName(element);
        return Stream.iterate(0, i -> i < nodes.getLength(), i -> i + 1)
                .map(nodes::item)
                .map(Node::getTextContent)
                .map(String::strip)
                .toList();
    }

    @Test
    void billOfMaterialsHasEveryReleasedModule() throws Exception {
        List<String> listed = texts(pom("backup-bom"), "artifactId").stream()
                .filter(artifact -> !List.of("backup-parent", "backup-bom").contains(artifact))
                .toList();

        assertThat(listed).containsExactlyInAnyOrderElementsOf(releasedModules());
    }

    @Test
    void everyReleasedModuleHasAModuleNameOfItsOwn() throws Exception {
        Map<String, String> owners = new TreeMap<>();
        for (String module : releasedModules()) {
            List<String> names = texts(pom(module), "module.name");
            assertThat(names).as(module).hasSize(1);
            assertThat(names.get(0)).matches("dev\\.ngbak\\.[a-z][a-z0-9]*");
            assertThat(owners.put(names.get(0), module)).as(names.get(0)).isNull();
        }
    }

    @ParameterizedTest
    @MethodSource("releasedModules")
    void jarIsNamedAsAModule(String module) throws Exception {
        Path jar = ROOT.resolve(
                module + "/target/" + module + "-" + texts(pom("."), "version").get(0) + ".jar");
        assumeTrue(Files.exists(jar), "The jar of " + module + " is not built yet: run mvn verify");

        try (JarFile file = new JarFile(jar.toFile())) {
            assertThat(file.getManifest().getMainAttributes().getValue("Automatic-Module-Name"))
                    .isEqualTo(texts(pom(module), "module.name").get(0));
        }
    }

    @Test
    void noPackageIsInTwoReleasedModules() throws Exception {
        Pattern declaration = Pattern.compile("(?m)^package ([\\w.]+);");
        Map<String, TreeSet<String>> owners = new HashMap<>();
        for (String module : releasedModules()) {
            Path sources = ROOT.resolve(module).resolve("src/main/java");
            if (!Files.exists(sources)) {
                continue;
            }
            try (Stream<Path> tree = Files.walk(sources)) {
                for (Path file :
                        tree.filter(path -> path.toString().endsWith(".java")).toList()) {
                    Matcher matcher = declaration.matcher(read(file));
                    assertThat(matcher.find()).as(file.toString()).isTrue();
                    owners.computeIfAbsent(matcher.group(1), any -> new TreeSet<>())
                            .add(module);
                }
            }
        }

        assertThat(owners)
                .hasSizeGreaterThan(10)
                .allSatisfy((name, modules) -> assertThat(modules).hasSize(1));
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file);
    }
}
