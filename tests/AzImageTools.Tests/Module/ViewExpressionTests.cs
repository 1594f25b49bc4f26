using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using AzImageTools.Disks;
using AzImageTools.TestKit;

namespace AzImageTools.Tests.Module;

/// <summary>The expressions in the views: constrained language runs them, and what they show is what the module's own functions say.</summary>
public sealed partial class ViewExpressionTests
{
    private static readonly string[] Expressions =
        [.. XDocument.Load(Path.Combine(RepositoryPaths.Module, "AzImageTools.Format.ps1xml")).Descendants("ScriptBlock").Select(block => block.Value)];

    [Fact]
    public void No_view_calls_a_method_or_names_a_type_that_constrained_language_does_not_know()
    {
        // Of the types that are allowed (about_Language_Modes), those that our views name.
        string[] known = ["byte", "char", "double"];

        Assert.NotEmpty(Expressions);
        foreach (string expression in Expressions)
        {
            ScriptBlockAst script = Parse(expression);
            Assert.Empty(script.FindAll(static node => node is InvokeMemberExpressionAst or MemberExpressionAst { Static: true }, searchNestedScriptBlocks: true));
            Assert.All(
                script.FindAll(static node => node is TypeExpressionAst or TypeConstraintAst, searchNestedScriptBlocks: true),
                node => Assert.Contains(TypeNameOf(node).TrimEnd('[', ']'), known));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(104_804_122)] // 99.95 MiB, which rounds to 100
    [InlineData(104_857_600)]
    [InlineData(1_610_612_736)] // 1.5 GiB
    [InlineData(1_073_741_823)]
    [InlineData(4_947_802_324_992)] // 4.5 TiB
    [InlineData(long.MaxValue)]
    public void A_size_is_shown_as_ByteSize_says(long size)
        => Assert.Equal(ByteSize.Format(size), Show(SizeExpression(), size));

    [Fact]
    public void A_size_is_written_as_the_culture_has_it()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            Assert.Equal("1,5 GiB", Show(SizeExpression(), 1_610_612_736L));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("web01.vhdx")]
    [InlineData("\u001b[31mred\u0007")]
    [InlineData("gpj\u202Eexe")]
    [InlineData("\U0001F680 \U0001F468\u200D\U0001F469\u200D\U0001F467")]
    [InlineData("می\u200Cخواهم")]
    [InlineData("\uD83D alone, \uDE80 too, and \uDE80\uD83D")]
    [InlineData("tag\U000E0001\U000E0041")]
    [InlineData("\u2028\u2029\u00AD\uFEFF\uFFFE")]
    public void A_text_is_shown_as_PrintableText_says(string text)
        => Assert.Equal(PrintableText.Of(text), Show(TextExpression(), text));

    [Fact]
    public void Every_character_is_shown_as_PrintableText_says()
    {
        StringBuilder all = new();
        for (int character = 0; character <= 0x10FFFF; character++)
        {
            if (character <= char.MaxValue)
            {
                all.Append((char)character).Append('.');
            }
            else
            {
                all.Append(char.ConvertFromUtf32(character));
            }
        }

        string text = all.ToString();
        string expected = PrintableText.Of(text);
        string actual = Show(TextExpression(), text);
        Assert.Equal(expected.Length, actual.Length);
        Assert.Empty(Enumerable.Range(0, expected.Length).Where(index => expected[index] != actual[index]).Select(index => $"{index}: {(int)expected[index]:X4} {(int)actual[index]:X4}").Take(10));
    }

    /// <summary>The one expression by which all views show a size.</summary>
    private static string SizeExpression() => OnlyOne(Size());

    /// <summary>The one by which they show a text that is not the module's own.</summary>
    private static string TextExpression() => OnlyOne(Text());

    private static string OnlyOne(Regex pattern) => "$_ " + Assert.Single(Expressions.SelectMany(expression => pattern.Matches(expression)).Select(match => match.Value).Distinct());

    private static string Show(string expression, object value)
    {
        using Runspace runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        runspace.Open();
        using PowerShell shell = PowerShell.Create(runspace);
        shell.AddCommand("ForEach-Object").AddParameter("Process", ScriptBlock.Create(expression));
        return Assert.IsType<string>(Assert.Single(shell.Invoke(new[] { value })).BaseObject);
    }

    private static ScriptBlockAst Parse(string expression)
    {
        ScriptBlockAst script = Parser.ParseInput(expression, out _, out ParseError[] errors);
        Assert.Empty(errors);
        return script;
    }

    private static string TypeNameOf(Ast node) => node is TypeExpressionAst expression ? expression.TypeName.FullName : ((TypeConstraintAst)node).TypeName.FullName;

    [GeneratedRegex(@"\| ForEach-Object \{ if \(\$null -ne \$_\) \{ \$size.*?\[\$unit\] \} \}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Size();

    [GeneratedRegex(@"-replace '\[\\p\{Cc\}.*?', \[char\]0xFFFD", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Text();
}
