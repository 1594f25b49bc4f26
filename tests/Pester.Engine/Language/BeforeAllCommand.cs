using System.Management.Automation;
using Pester.Engine.Model;

namespace Pester.Engine.Language;

[Cmdlet("Pester", "BeforeAll")]
public sealed class BeforeAllCommand : SetupCommand
{
    private protected override bool TryKeep(TestBlock block, ScriptBlock script)
    {
        bool isFirst = block.BeforeAll is null;
        block.BeforeAll = script;
        return isFirst;
    }
}
