using System.Management.Automation;

namespace Pester.Engine.Model;

/// <summary>An It with one row of its data.</summary>
internal sealed class TestCase(string name, TestBlock block, ScriptBlock body, TestData? data)
{
    public string Name { get; } = name;

    public TestBlock Block { get; } = block;

    public ScriptBlock Body { get; } = body;

    public TestData? Data { get; } = data;

    /// <summary>Marked -Skip, here or on a block around it.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>The names of its blocks and its own, with dots between, as Pester writes it.</summary>
    public string FullName => string.Join('.', Block.Lineage.Where(block => !block.IsFile).Select(block => block.Name).Append(Name));
}
