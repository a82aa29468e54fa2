package io.ottla.checks;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** What the checks want to know of a {@code pom.xml}: the text of it, not the effective model. */
final class Pom {

  /**
   * An artifact as a pom names it. {@code managed} is set inside dependencyManagement; an absent
   * scope is empty.
   */
  record Dependency(String groupId, String artifactId, String scope, boolean managed) {
    String name() {
      return groupId + ":" + artifactId;
    }
  }

  private final Document document;

  private Pom(Document document) {
    this.document = document;
  }

  static Pom read(Repository repository, Path file) {
    return parse(repository.text(file));
  }

  static Pom parse(String xml) {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      return new Pom(
          factory
              .newDocumentBuilder()
              .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8))));
    } catch (ParserConfigurationException | SAXException | IOException e) {
      throw new IllegalArgumentException("not a pom: " + e.getMessage(), e);
    }
  }

  Set<String> modules() {
    Set<String> modules = new LinkedHashSet<>();
    elements("module").forEach(element -> modules.add(element.getTextContent().strip()));
    return modules;
  }

  /** All dependencies, managed ones and those of plugins too. */
  List<Dependency> dependencies() {
    return artifacts("dependency");
  }

  /** Annotation processors, which join the compiler without being dependencies. */
  List<Dependency> processors() {
    return artifacts("path");
  }

  /** The value of a property, or empty. */
  String property(String name) {
    NodeList found = document.getElementsByTagName(name);
    return found.getLength() == 0 ? "" : found.item(0).getTextContent().strip();
  }

  /** Elements of this name that hold coordinates; plugins use the same names for plain text. */
  private List<Dependency> artifacts(String name) {
    return elements(name).stream()
        .map(Pom::dependency)
        .filter(dependency -> !dependency.groupId().isEmpty())
        .toList();
  }

  private List<Element> elements(String name) {
    NodeList found = document.getElementsByTagName(name);
    List<Element> elements = new ArrayList<>(found.getLength());
    for (int i = 0; i < found.getLength(); i++) {
      elements.add((Element) found.item(i));
    }
    return elements;
  }

  private static Dependency dependency(Element element) {
    boolean managed = false;
    for (Node node = element; node != null; node = node.getParentNode()) {
      managed |= node.getNodeName().equals("dependencyManagement");
    }
    return new Dependency(
        child(element, "groupId"), child(element, "artifactId"), child(element, "scope"), managed);
  }

  private static String child(Element element, String name) {
    NodeList children = element.getChildNodes();
    for (int i = 0; i < children.getLength(); i++) {
      if (children.item(i).getNodeName().equals(name)) {
        return children.item(i).getTextContent().strip();
      }
    }
    return "";
  }
}
