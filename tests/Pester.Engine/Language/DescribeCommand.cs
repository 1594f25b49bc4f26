using System.Management.Automation;

namespace Pester.Engine.Language;

[Cmdlet("Pester", "Describe")]
public sealed class DescribeCommand : BlockCommand;
