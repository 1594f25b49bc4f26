using System.Xml.Linq;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace AzImageTools.Help;

/// <summary>
/// The file that Get-Help reads (PowerShell's MAML: https://learn.microsoft.com/powershell/scripting/developer/help/how-to-create-the-cmdlet-help-file).
/// </summary>
internal static class Maml
{
    private static readonly XNamespace Root = "http://msh";
    private static readonly XNamespace Text = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    public static void Write(IEnumerable<(CmdletDescription Cmdlet, HelpPage Page)> pages, string path)
        => new XDocument(new XElement(Root + "helpItems", new XAttribute("schema", "maml"), pages.Select(static page => Render(page.Cmdlet, page.Page)))).Save(path);

    private static XElement Render(CmdletDescription cmdlet, HelpPage page) => new(
        Command + "command",
        new XAttribute(XNamespace.Xmlns + "maml", Text),
        new XAttribute(XNamespace.Xmlns + "command", Command),
        new XAttribute(XNamespace.Xmlns + "dev", Dev),
        new XElement(
            Command + "details",
            new XElement(Command + "name", cmdlet.Name),
            new XElement(Command + "verb", cmdlet.Verb),
            new XElement(Command + "noun", cmdlet.Noun),
            Described(cmdlet.Synopsis)),
        Described(page.Description),
        new XElement(Command + "syntax", cmdlet.ParameterSets.Select(set => new XElement(
            Command + "syntaxItem",
            new XElement(Text + "name", cmdlet.Name),
            Syntax.Order(set.Parameters).Select(static parameter => Render(parameter, describes: false))))),
        new XElement(Command + "parameters", cmdlet.Parameters.Select(static parameter => Render(parameter, describes: true))),
        new XElement(Command + "inputTypes", cmdlet.Inputs.Select(static input => Typed("inputType", input))),
        new XElement(Command + "returnValues", cmdlet.OutputTexts.Select(static output => Typed("returnValue", output))),
        new XElement(Text + "alertSet", new XElement(Text + "alert", Paragraphs(page.Notes))),
        new XElement(Command + "examples", page.EachExample.Select(static example => RenderExample(example.Title, example.Body))),
        new XElement(
            Command + "relatedLinks",
            Link("Online version", cmdlet.HelpUri),
            PlainText.Parse(page.Links).Descendants<LinkInline>().Select(static link => Link(PlainText.Text(link), link.Url!.StartsWith("https://", StringComparison.Ordinal) ? link.Url : string.Empty))));

    private static XElement Render(ParameterDescription parameter, bool describes) => new(
        Command + "parameter",
        new XAttribute("required", parameter.IsMandatory ? "true" : "false"),
        new XAttribute("variableLength", parameter.Type.IsArray ? "true" : "false"),
        new XAttribute("globbing", parameter.TakesWildcards ? "true" : "false"),
        new XAttribute("pipelineInput", parameter.PipelineInput),
        new XAttribute("position", parameter.Position.ToLowerInvariant()),
        new XAttribute("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
        new XElement(Text + "name", parameter.Name),
        describes ? Described(parameter.Text) : null,
        parameter.Values.Count == 0 || describes ? null : new XElement(Command + "parameterValueGroup", parameter.Values.Select(static value => new XElement(
            Command + "parameterValue", new XAttribute("required", "false"), new XAttribute("variableLength", "false"), value))),
        parameter.IsSwitch && !describes ? null : new XElement(
            Command + "parameterValue", new XAttribute("required", parameter.IsSwitch ? "false" : "true"), new XAttribute("variableLength", parameter.Type.IsArray ? "true" : "false"), parameter.TypeName),
        new XElement(Dev + "type", new XElement(Text + "name", parameter.TypeName), new XElement(Text + "uri")),
        new XElement(Dev + "defaultValue", parameter.DefaultValue));

    private static XElement Typed(string name, (string Type, string Text) value) => new(
        Command + name,
        new XElement(Dev + "type", new XElement(Text + "name", value.Type)),
        Described(value.Text));

    /// <summary>The first block of code is the example; what stands around it are the remarks.</summary>
    private static XElement RenderExample(string title, string body)
    {
        MarkdownDocument blocks = PlainText.Parse(body);
        FencedCodeBlock? code = blocks.OfType<FencedCodeBlock>().FirstOrDefault();
        return new XElement(
            Command + "example",
            new XElement(Text + "title", $"-- {title} --"),
            new XElement(Dev + "code", code?.Lines.ToString()),
            new XElement(Dev + "remarks", blocks.Where(block => block != code && block is not HtmlBlock).SelectMany(PlainText.Render).Select(Paragraph)));
    }

    private static XElement Described(string markdown) => new(Text + "description", Paragraphs(markdown));

    private static IEnumerable<XElement> Paragraphs(string markdown) => PlainText.Paragraphs(markdown).Select(Paragraph);

    private static XElement Paragraph(string text) => new(Text + "para", text);

    private static XElement Link(string text, string address) => new(
        Text + "navigationLink",
        new XElement(Text + "linkText", text),
        new XElement(Text + "uri", address));
}
