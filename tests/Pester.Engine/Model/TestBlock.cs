using System.Management.Automation;

namespace Pester.Engine.Model;

/// <summary>A Describe or Context as the discovery phase found it; the outermost stands for the file.</summary>
internal sealed class TestBlock(string name, TestBlock? parent, TestData? data)
{
    public string Name { get; } = name;

    public TestBlock? Parent { get; } = parent;

    public TestData? Data { get; } = data;

    public bool IsSkipped { get; init; }

    public ScriptBlock? BeforeAll { get; set; }

    public ScriptBlock? BeforeEach { get; set; }

    public ScriptBlock? AfterEach { get; set; }

    public ScriptBlock? AfterAll { get; set; }

    public List<TestBlock> Blocks { get; } = [];

    public List<TestCase> Tests { get; } = [];

    /// <summary>From the file inwards to this one.</summary>
    public IEnumerable<TestBlock> Lineage => Parent is null ? [this] : Parent.Lineage.Append(this);

    public IEnumerable<TestCase> AllTests => Tests.Concat(Blocks.SelectMany(block => block.AllTests));

    public bool IsFile => Parent is null;
}
